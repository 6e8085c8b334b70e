// The server's OpenAI interface, as much of it as the page needs.

/** A failure to be told in the page: code is one of the server's error codes, or 'unreachable', 'broken'. */
export class ApiError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

function headers(apiKey) {
  const all = { 'Content-Type': 'application/json' };
  if (apiKey) {
    all.Authorization = `Bearer ${apiKey}`;
  }
  return all;
}

async function call(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (failure) {
    if (failure.name === 'AbortError') {
      throw failure;
    }
    throw new ApiError('unreachable', String(failure));
  }
  if (!response.ok) {
    const body = await response.json().catch(() => ({}));
    throw new ApiError(body.error?.code ?? 'unknown', body.error?.message ?? `HTTP ${response.status}`);
  }
  return response;
}

/** The name of the model. */
export async function modelName(apiKey) {
  const response = await call('v1/models', { headers: headers(apiKey) });
  return (await response.json()).data[0].id;
}

/**
 * Streams a reply. onDelta gets {content} or {reasoning_content} as they come.
 *
 * @returns {finishReason, completionTokens}
 */
export async function streamChat({ messages, settings, signal, onDelta }) {
  const request = { messages, stream: true, stream_options: { include_usage: true } };
  if (settings.temperature !== '') {
    request.temperature = Number(settings.temperature);
  }
  if (settings.maxTokens !== '') {
    request.max_tokens = Number(settings.maxTokens);
  }
  const response = await call('v1/chat/completions', {
    method: 'POST', headers: headers(settings.apiKey), body: JSON.stringify(request), signal,
  });
  const result = { finishReason: null, completionTokens: 0 };
  for await (const data of events(response.body)) {
    if (data === '[DONE]') {
      return result;
    }
    const chunk = JSON.parse(data);
    if (chunk.error) {
      throw new ApiError(chunk.error.code ?? 'unknown', chunk.error.message);
    }
    const choice = chunk.choices[0];
    if (choice) {
      onDelta(choice.delta);
      result.finishReason = choice.finish_reason ?? result.finishReason;
    }
    result.completionTokens = chunk.usage?.completion_tokens ?? result.completionTokens;
  }
  throw new ApiError('broken', 'the stream ended before its end');
}

/** The data of server-sent events. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      buffer += value;
      const parts = buffer.split('\n\n');
      buffer = parts.pop();
      for (const part of parts) {
        if (part.startsWith('data: ')) {
          yield part.slice('data: '.length);
        }
      }
    }
  } catch (failure) {
    if (failure.name === 'AbortError') {
      throw failure;
    }
    throw new ApiError('broken', String(failure));
  } finally {
    reader.cancel().catch(() => {});
  }
}

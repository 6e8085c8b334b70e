// The page: conversations, the one that is shown, and the replies that are being written. Every conversation may have
// one reply under way; it goes on while another conversation is shown.

import { modelName, streamChat } from './api.js';
import { loadConversations, loadSettings, newConversation, saveConversations, saveSettings } from './store.js';
import { label, suggestions, text, translate } from './texts.js';
import { drawMessage, iconButton, isSendKey, setIcon } from './view.js';

const $ = (id) => document.getElementById(id);
const TITLE_LENGTH = 24;
const NEAR_THE_END = 80;
const LEAST_SECONDS = 0.005; // replies that came faster count as this long

const settings = loadSettings();
const conversations = loadConversations();
const running = new Map(); // conversation id -> AbortController
let current = conversations[0] ?? newConversation();
let following = true; // the end of the conversation, as long as nobody scrolls away from it

// Sending and receiving.

function ask(content) {
  current.messages.push({ role: 'user', content });
  following = true;
  reply(current);
}

/** Has the model answer the last question of a conversation. */
async function reply(conversation) {
  const controller = new AbortController();
  const answer = { role: 'assistant', content: '' };
  const messages = request(conversation);
  conversation.messages.push(answer);
  running.set(conversation.id, controller);
  moveToTop(conversation);
  announce(conversation, text('answering'));
  draw();
  const clock = { start: performance.now(), first: 0, last: 0 };
  try {
    const result = await streamChat({
      messages, settings, signal: controller.signal, onDelta: (delta) => receive(conversation, answer, delta, clock),
    });
    if (result.finishReason === 'length') {
      answer.note = 'cut';
    }
    finish(answer, result.completionTokens, clock);
  } catch (failure) {
    if (failure.name === 'AbortError') {
      answer.note = 'stopped';
    } else {
      answer.error = explain(failure);
    }
  }
  if (running.get(conversation.id) === controller) {
    running.delete(conversation.id);
    announce(conversation, answer.error ?? answer.content);
  }
  keep();
  draw();
}

function request(conversation) {
  const messages = conversation.messages
    .filter((message) => message.content)
    .map(({ role, content }) => ({ role, content }));
  return settings.system ? [{ role: 'system', content: settings.system }, ...messages] : messages;
}

function receive(conversation, answer, delta, clock) {
  if (delta.content || delta.reasoning_content) {
    clock.last = performance.now();
    clock.first ||= clock.last;
    answer.content += delta.content ?? '';
    answer.thinking = (answer.thinking ?? '') + (delta.reasoning_content ?? '');
    if (conversation === current) {
      drawSoon();
    }
  }
}

function finish(answer, tokens, clock) {
  if (clock.first) {
    const seconds = (clock.last - clock.first) / 1000;
    answer.stats = {
      firstMillis: clock.first - clock.start, tokens, perSecond: tokens > 1 ? (tokens - 1) / Math.max(seconds, LEAST_SECONDS) : 0,
    };
  }
}

function explain(failure) {
  const known = {
    unreachable: 'unreachable', broken: 'broken', context_length_exceeded: 'full', queue_full: 'busy', invalid_api_key: 'noKey',
  }[failure.code];
  return known ? text(known) : failure.message;
}

function stop() {
  running.get(current.id)?.abort();
}

/** For screen readers: that a reply has begun, and at its end the whole of it. */
function announce(conversation, words) {
  if (conversation === current) {
    $('status').textContent = words;
  }
}

// Conversations.

function moveToTop(conversation) {
  const index = conversations.indexOf(conversation);
  if (index >= 0) {
    conversations.splice(index, 1);
  }
  conversations.unshift(conversation);
  keep();
}

function keep() {
  if (!saveConversations(conversations)) {
    $('status').textContent = text('notKept');
  }
}

function show(conversation) {
  current = conversation;
  following = true;
  $('messages').replaceChildren();
  closeMenu();
  draw();
  $('question').focus();
}

function remove(conversation) {
  if (confirm(text('removeAsk'))) {
    running.get(conversation.id)?.abort();
    conversations.splice(conversations.indexOf(conversation), 1);
    keep();
    if (conversation === current) {
      show(conversations[0] ?? newConversation());
    } else {
      draw();
    }
  }
}

function clear() {
  if (current.messages.length > 0 && confirm(text('clearAsk'))) {
    stop();
    conversations.splice(conversations.indexOf(current), 1);
    keep();
    show(newConversation());
  }
}

const actions = {
  /** Takes a reply back and asks for another. */
  again(index) {
    if (!running.has(current.id)) {
      current.messages.length = index;
      reply(current);
    }
  },
  /** Changes a question; what came after it is forgotten, a reply under way included. */
  edit(index, content) {
    stop();
    running.delete(current.id);
    current.messages = current.messages.slice(0, index);
    ask(content);
  },
};

// Drawing.

let drawing = false;

function drawSoon() {
  if (!drawing) {
    drawing = true;
    requestAnimationFrame(() => {
      drawing = false;
      drawMessages();
    });
  }
}

function draw() {
  drawConversations();
  drawMessages();
  const busy = running.has(current.id);
  setIcon($('send'), busy ? 'stop' : 'send');
  label($('send'), text(busy ? 'stop' : 'send'));
  $('send').classList.toggle('stops', busy);
  enableSend();
  $('welcome').hidden = current.messages.length > 0;
  $('clear').disabled = current.messages.length === 0;
}

function drawMessages() {
  const list = $('messages');
  const { messages } = current;
  while (list.children.length > messages.length) {
    list.lastElementChild.remove();
  }
  const busy = running.has(current.id);
  messages.forEach((message, index) => {
    const last = index === messages.length - 1;
    const item = list.children[index] ?? list.appendChild(document.createElement('li'));
    // Only the end of a conversation changes while a reply is written.
    const finished = item.drawn === message && item.drawnLast === last && item.drawnIn === document.documentElement.lang;
    if (!finished || (last && busy)) {
      drawMessage(item, { message, index, running: last && busy, last, actions });
    }
    item.drawn = last && busy ? null : message;
    item.drawnLast = last;
    item.drawnIn = document.documentElement.lang;
  });
  if (following) {
    $('log').scrollTop = $('log').scrollHeight;
  }
}

function drawConversations() {
  $('conversations').replaceChildren(...conversations.map((conversation) => {
    const open = document.createElement('button');
    open.className = 'open';
    open.textContent = title(conversation);
    open.addEventListener('click', () => show(conversation));
    const item = document.createElement('li');
    if (conversation === current) {
      item.className = 'current';
      open.setAttribute('aria-current', 'true');
    }
    item.append(open, iconButton('cross', `${text('remove')}: ${title(conversation)}`, () => remove(conversation)));
    return item;
  }));
}

function title(conversation) {
  const first = conversation.messages[0]?.content.trim().replace(/\s+/g, ' ') ?? '';
  const characters = [...first];
  return characters.length > TITLE_LENGTH ? `${characters.slice(0, TITLE_LENGTH).join('')}…` : first || text('newChat');
}

// The page's controls.

function submit() {
  const content = $('question').value.trim();
  if (content && !running.has(current.id)) {
    $('question').value = '';
    grow();
    ask(content);
  }
}

function enableSend() {
  $('send').disabled = !running.has(current.id) && $('question').value.trim() === '';
}

/** The input is as high as what is in it. */
function grow() {
  const question = $('question');
  question.style.height = 'auto';
  question.style.height = `${question.scrollHeight}px`;
  enableSend();
}

function openMenu() {
  $('sidebar').classList.add('shown');
  $('shade').hidden = false;
  $('menu-button').setAttribute('aria-expanded', 'true');
  $('new').focus();
}

function closeMenu() {
  $('sidebar').classList.remove('shown');
  $('shade').hidden = true;
  $('menu-button').setAttribute('aria-expanded', 'false');
}

const FIELDS = {
  system: 'set-system', temperature: 'set-temperature', maxTokens: 'set-max-tokens', language: 'set-language', theme: 'set-theme',
  apiKey: 'set-api-key',
};

function openSettings() {
  for (const [name, id] of Object.entries(FIELDS)) {
    $(id).value = settings[name];
  }
  $('settings').returnValue = '';
  $('settings').showModal();
}

function closeSettings() {
  if ($('settings').returnValue === 'save') {
    for (const [name, id] of Object.entries(FIELDS)) {
      settings[name] = $(id).value.trim();
    }
    saveSettings(settings);
    applySettings();
  }
}

function applySettings() {
  document.documentElement.dataset.theme = settings.theme;
  translate(settings.language);
  draw();
  modelName(settings.apiKey).then(
    (name) => { $('model').textContent = name; },
    (failure) => { $('model').textContent = explain(failure); },
  );
}

function onKey(event) {
  if (event.key === 'Escape' && !event.isComposing && !$('settings').open) {
    if ($('sidebar').classList.contains('shown')) {
      closeMenu();
      $('menu-button').focus();
    } else {
      stop();
    }
  } else if (event.altKey && event.code === 'KeyN') {
    event.preventDefault();
    show(newConversation());
  }
}

function listen() {
  $('composer').addEventListener('submit', (event) => {
    event.preventDefault();
    if (running.has(current.id)) {
      stop();
    } else {
      submit();
    }
  });
  $('question').addEventListener('keydown', (event) => {
    if (isSendKey(event)) {
      event.preventDefault();
      submit();
    }
  });
  $('question').addEventListener('input', grow);
  $('log').addEventListener('scroll', () => {
    const log = $('log');
    following = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_THE_END;
  });
  $('new').addEventListener('click', () => show(newConversation()));
  $('clear').addEventListener('click', clear);
  $('menu-button').addEventListener('click', openMenu);
  $('shade').addEventListener('click', closeMenu);
  $('settings-button').addEventListener('click', openSettings);
  $('settings').addEventListener('close', closeSettings);
  document.addEventListener('keydown', onKey);
  $('suggestions').replaceChildren(...suggestions.map((suggestion) => {
    const button = document.createElement('button');
    button.textContent = suggestion;
    button.addEventListener('click', () => ask(suggestion));
    return button;
  }));
}

listen();
applySettings();
$('question').focus();

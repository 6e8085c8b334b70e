// Conversations and settings, in the browser's own storage. What is damaged there is forgotten, not fatal.

const CONVERSATIONS = 'demitasse.conversations';
const SETTINGS = 'demitasse.settings';
const API_KEY = 'demitasse.api-key';

function read(key, fallback) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

function isConversation(value) {
  return typeof value?.id === 'string' && Array.isArray(value.messages)
    && value.messages.every((m) => (m?.role === 'user' || m?.role === 'assistant') && typeof m.content === 'string');
}

/** Conversations, the last one used first: {id, messages: [{role, content, thinking, stats, note}]}. */
export function loadConversations() {
  const stored = read(CONVERSATIONS, []);
  return Array.isArray(stored) ? stored.filter(isConversation) : [];
}

/** Keeps the conversations; false if the browser has no room. */
export function saveConversations(conversations) {
  try {
    localStorage.setItem(CONVERSATIONS, JSON.stringify(conversations.filter((c) => c.messages.length > 0)));
    return true;
  } catch {
    return false;
  }
}

export function newConversation() {
  return { id: `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`, messages: [] };
}

/** {system, temperature, maxTokens, language, theme, apiKey}: texts, '' where nothing is set. */
export function loadSettings() {
  const stored = read(SETTINGS, {});
  const settings = { system: '', temperature: '', maxTokens: '', language: '', theme: '', apiKey: '' };
  for (const name of Object.keys(settings)) {
    if (typeof stored?.[name] === 'string') {
      settings[name] = stored[name];
    }
  }
  try {
    settings.apiKey = sessionStorage.getItem(API_KEY) ?? '';
  } catch {
    settings.apiKey = '';
  }
  return settings;
}

export function saveSettings({ apiKey, ...others }) {
  try {
    localStorage.setItem(SETTINGS, JSON.stringify(others));
    sessionStorage.setItem(API_KEY, apiKey);
  } catch {
    // Without storage the settings last as long as the page.
  }
}

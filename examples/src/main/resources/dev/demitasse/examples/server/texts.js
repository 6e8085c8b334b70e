// The words of the page. Elements name theirs with data-text, data-label (for screen readers and tooltips) and
// data-placeholder.

const TEXTS = {
  en: {
    skip: 'Skip to the question', conversations: 'Conversations', conversation: 'Conversation', newChat: 'New chat',
    closeMenu: 'Close the list', stays: 'Conversations stay in this browser.', clear: 'Clear this conversation',
    clearAsk: 'Forget all messages of this conversation?', remove: 'Delete the conversation', removeAsk: 'Delete this conversation?',
    settings: 'Settings', welcome: 'How can I help?', welcomeMore: 'The model runs on the server of this page; what you write goes nowhere else.',
    question: 'Your message', questionHint: 'Write a message', send: 'Send', stop: 'Stop',
    checkAnswers: 'Small models make mistakes: check what matters.',
    you: 'You', model: 'Model', thinking: 'Thinking…', thought: 'Reasoning', answering: 'The model is answering.',
    copy: 'Copy', copied: 'Copied', copyCode: 'Copy code', again: 'Answer again', edit: 'Edit and send again', retry: 'Try again',
    cancel: 'Cancel', save: 'Save', resend: 'Send', stopped: 'stopped', cut: 'cut at the token limit',
    first: 'first token', tokens: 'tokens', perSecond: 'tokens/s',
    system: 'System prompt', systemHint: 'Instructions for every conversation; empty for the model’s own',
    temperature: 'Temperature', maxTokens: 'Most tokens of a reply', modelDefault: 'the model’s default',
    language: 'Language', browserLanguage: 'As the browser', theme: 'Appearance', systemTheme: 'As the system',
    light: 'Light', dark: 'Dark', apiKey: 'API key', apiKeyHint: 'if the server wants one; kept until this tab is closed',
    keys: 'Enter sends, Shift+Enter starts a line, Esc stops the answer, Alt+N starts a chat.',
    unreachable: 'The server cannot be reached. Is it running?', broken: 'The connection broke off.',
    full: 'The conversation has become longer than the model can read. Clear it or start a new one.',
    busy: 'The server is busy. Try again in a moment.', noKey: 'The server wants an API key: see the settings.',
    notKept: 'The browser has no room left to keep this conversation.',
  },
  zh: {
    skip: '跳到输入框', conversations: '对话列表', conversation: '对话', newChat: '新对话',
    closeMenu: '关闭列表', stays: '对话只保存在这个浏览器里。', clear: '清空当前对话',
    clearAsk: '要忘掉这个对话里的所有消息吗？', remove: '删除对话', removeAsk: '要删除这个对话吗？',
    settings: '设置', welcome: '有什么可以帮你？', welcomeMore: '模型就运行在这个页面的服务器上，你写的内容不会发往别处。',
    question: '你的消息', questionHint: '输入消息', send: '发送', stop: '停止',
    checkAnswers: '小模型会出错，重要的内容请核对。',
    you: '你', model: '模型', thinking: '思考中…', thought: '思考过程', answering: '模型正在回答。',
    copy: '复制', copied: '已复制', copyCode: '复制代码', again: '重新回答', edit: '修改并重新发送', retry: '重试',
    cancel: '取消', save: '保存', resend: '发送', stopped: '已停止', cut: '已到长度上限',
    first: '首字', tokens: '个词元', perSecond: '词元/秒',
    system: '系统提示', systemHint: '对所有对话生效；留空则用模型自带的',
    temperature: '温度', maxTokens: '回答最多词元数', modelDefault: '模型默认值',
    language: '语言', browserLanguage: '跟随浏览器', theme: '外观', systemTheme: '跟随系统',
    light: '浅色', dark: '深色', apiKey: 'API 密钥', apiKeyHint: '服务器需要时填写；关闭标签页后即忘记',
    keys: '回车发送，Shift+回车换行，Esc 停止回答，Alt+N 新对话。',
    unreachable: '连不上服务器，它在运行吗？', broken: '连接中断了。',
    full: '对话太长，模型读不下了。请清空或新建对话。',
    busy: '服务器正忙，请稍后再试。', noKey: '服务器需要 API 密钥，请在设置里填写。',
    notKept: '浏览器空间不足，这个对话没有保存。',
  },
};

let words = TEXTS.en;

export const suggestions = ['写一首关于月亮的诗', '帮我写一首关于春天的七言绝句，要有花和风', '以梅花为题写一首五言绝句'];

/** A text in the language of the page. */
export function text(key) {
  return words[key];
}

/** Gives the page its language: 'zh', 'en', or '' for the browser's. */
export function translate(language) {
  const chosen = language || (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en');
  words = TEXTS[chosen];
  document.documentElement.lang = chosen === 'zh' ? 'zh-CN' : 'en';
  for (const element of document.querySelectorAll('[data-text]')) {
    element.textContent = text(element.dataset.text);
  }
  for (const element of document.querySelectorAll('[data-label]')) {
    label(element, text(element.dataset.label));
  }
  for (const element of document.querySelectorAll('[data-placeholder]')) {
    element.placeholder = text(element.dataset.placeholder);
  }
}

/** Names an element for screen readers, and for the mouse. */
export function label(element, name) {
  element.setAttribute('aria-label', name);
  if (element.tagName === 'BUTTON') {
    element.title = name;
  }
}

// How messages look: one list item each, drawn again when the message changes.

import { render } from './markdown.js';
import { label, text } from './texts.js';

const SVG = 'http://www.w3.org/2000/svg';
const COPIED_MILLIS = 1500;

export function iconButton(icon, name, onClick) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'icon';
  setIcon(button, icon);
  label(button, name);
  button.addEventListener('click', onClick);
  return button;
}

export function setIcon(button, icon) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#icon-${icon}`);
  svg.append(use);
  button.replaceChildren(svg);
}

function copyButton(name, content) {
  const button = iconButton('copy', text(name), async () => {
    await copy(content);
    setIcon(button, 'tick');
    label(button, text('copied'));
    setTimeout(() => {
      setIcon(button, 'copy');
      label(button, text(name));
    }, COPIED_MILLIS);
  });
  return button;
}

/** Copies a text; pages that were not served by HTTPS or this machine have no clipboard of their own. */
async function copy(content) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(content);
      return;
    } catch {
      // Not allowed: the old way below may be.
    }
  }
  const area = document.createElement('textarea');
  area.value = content;
  area.className = 'unseen';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

function div(className, ...children) {
  const created = document.createElement('div');
  created.className = className;
  created.append(...children);
  return created;
}

/** What only a screen reader is told: who speaks. */
function speaker(message) {
  const name = document.createElement('span');
  name.className = 'unseen';
  name.textContent = `${text(message.role === 'user' ? 'you' : 'model')}: `;
  return name;
}

/** Draws a message into its list item. actions: {again, edit, retry}, each with the message's index. */
export function drawMessage(item, { message, index, running, last, actions }) {
  const edited = item.querySelector('.edit');
  if (edited && message.role === 'user') {
    return;
  }
  item.className = message.role;
  item.dataset.index = index;
  item.setAttribute('aria-busy', String(running));
  if (message.role === 'user') {
    drawQuestion(item, message, index, actions);
  } else {
    drawReply(item, message, { index, running, last, actions });
  }
}

function drawQuestion(item, message, index, actions) {
  const tools = div('tools', copyButton('copy', message.content),
    iconButton('pen', text('edit'), () => startEditing(item, message, index, actions)));
  item.replaceChildren(speaker(message), div('body', message.content), tools);
}

function startEditing(item, message, index, actions) {
  const area = document.createElement('textarea');
  area.value = message.content;
  area.rows = Math.min(8, message.content.split('\n').length + 1);
  label(area, text('edit'));
  const stop = () => {
    item.querySelector('.edit')?.remove();
    drawQuestion(item, message, index, actions);
    item.querySelector('.tools button:last-child').focus();
  };
  const send = () => {
    const content = area.value.trim();
    stop();
    if (content) {
      actions.edit(index, content);
    }
  };
  area.addEventListener('keydown', (event) => {
    if (isSendKey(event)) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape' && !event.isComposing) {
      event.stopPropagation();
      stop();
    }
  });
  const cancel = document.createElement('button');
  cancel.textContent = text('cancel');
  cancel.addEventListener('click', stop);
  const resend = document.createElement('button');
  resend.className = 'primary';
  resend.textContent = text('resend');
  resend.addEventListener('click', send);
  item.replaceChildren(div('edit', area, div('actions', cancel, resend)));
  area.focus();
}

/**
 * Enter, but not the one that ends the composition of a Chinese or Japanese word. Some browsers send that one after the
 * composition's end, with key code 229.
 */
export function isSendKey(event) {
  return event.key === 'Enter' && !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey
    && !event.isComposing && event.keyCode !== 229;
}

function drawReply(item, message, { index, running, last, actions }) {
  const body = div('body', render(message.content, (code) => copyButton('copyCode', code)));
  const parts = [speaker(message)];
  if (message.thinking) {
    parts.push(thought(item, message.thinking, running && !message.content));
  }
  if (running && !message.content) {
    parts.push(waiting());
  } else if (message.content) {
    parts.push(body);
  }
  if (message.error) {
    const error = div('error', message.error);
    error.setAttribute('role', 'alert');
    parts.push(error);
  }
  if (!running) {
    const tools = div('tools');
    if (message.content) {
      tools.append(copyButton('copy', message.content));
    }
    if (last) {
      tools.append(iconButton('again', text(message.error ? 'retry' : 'again'), () => actions.again(index)));
    }
    if (message.stats || message.note) {
      const stats = document.createElement('span');
      stats.className = 'stats';
      stats.textContent = [message.note && text(message.note), message.stats && statistics(message.stats)]
        .filter(Boolean).join(' · ');
      tools.append(stats);
    }
    parts.push(tools);
  }
  item.replaceChildren(...parts);
}

function thought(item, thinking, thinkingNow) {
  const details = document.createElement('details');
  details.className = 'thought';
  details.open = item.querySelector('details.thought')?.open ?? thinkingNow;
  const summary = document.createElement('summary');
  summary.textContent = text('thought');
  details.append(summary, thinking.trim());
  return details;
}

function waiting() {
  const indicator = div('waiting');
  indicator.append(document.createElement('i'), document.createElement('i'), document.createElement('i'), text('thinking'));
  return indicator;
}

/** {firstMillis, tokens, perSecond} in one line. */
function statistics({ firstMillis, tokens, perSecond }) {
  const first = firstMillis < 1000 ? `${Math.round(firstMillis)} ms` : `${(firstMillis / 1000).toFixed(1)} s`;
  const parts = [`${text('first')} ${first}`, `${tokens} ${text('tokens')}`];
  if (perSecond > 0) {
    parts.push(`${perSecond.toFixed(1)} ${text('perSecond')}`);
  }
  return parts.join(' · ');
}

// Markdown as DOM nodes. Text only ever becomes text nodes, and the only attribute taken from it is the address of a
// link, which must be http, https or mailto: no reply can bring markup or scripts into the page.

import { highlight } from './highlight.js';

const FENCE = /^ {0,3}(```+|~~~+)\s*([^\s`]*).*$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^ {0,3}(?:-\s*){3,}$|^ {0,3}(?:\*\s*){3,}$|^ {0,3}(?:_\s*){3,}$/;
const ITEM = /^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
const QUOTE = /^ {0,3}> ?(.*)$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const MOST_NESTING = 8;

/** Renders a whole text, or one that is still being written. codeTools(code) gives what stands beside a code block. */
export function render(source, codeTools) {
  return blocks(source.replace(/\r\n?/g, '\n').split('\n'), codeTools, 0);
}

function element(name, ...children) {
  const created = document.createElement(name);
  created.append(...children);
  return created;
}

function blocks(lines, codeTools, depth) {
  const out = document.createDocumentFragment();
  let at = 0;
  while (at < lines.length) {
    const line = lines[at];
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    if (!line.trim()) {
      at++;
    } else if (fence) {
      let end = at + 1;
      while (end < lines.length && !closes(lines[end], fence[1])) {
        end++;
      }
      out.append(codeBlock(lines.slice(at + 1, end).join('\n'), fence[2], codeTools));
      at = end + 1;
    } else if (heading) {
      // The page has levels 1 and 2 already.
      out.append(element(`h${Math.min(6, heading[1].length + 2)}`, inline(heading[2])));
      at++;
    } else if (RULE.test(line)) {
      out.append(element('hr'));
      at++;
    } else if (QUOTE.test(line) && depth < MOST_NESTING) {
      const end = runOf(lines, at, (l) => QUOTE.test(l));
      const inner = lines.slice(at, end).map((l) => QUOTE.exec(l)[1]);
      out.append(element('blockquote', blocks(inner, codeTools, depth + 1)));
      at = end;
    } else if (ITEM.test(line) && depth < MOST_NESTING) {
      const end = endOfList(lines, at);
      out.append(list(lines.slice(at, end), codeTools, depth));
      at = end;
    } else if (line.includes('|') && TABLE_RULE.test(lines[at + 1] ?? '') && lines[at + 1].includes('-')) {
      const end = runOf(lines, at + 2, (l) => l.includes('|'));
      out.append(table(lines.slice(at, end)));
      at = end;
    } else {
      const end = Math.max(at + 1, runOf(lines, at, (l) => l.trim() && !startsBlock(l)));
      out.append(paragraph(lines.slice(at, end)));
      at = end;
    }
  }
  return out;
}

function closes(line, fence) {
  const trimmed = line.trim();
  return trimmed.length >= fence.length && trimmed === fence[0].repeat(trimmed.length);
}

function startsBlock(line) {
  return FENCE.test(line) || HEADING.test(line) || QUOTE.test(line) || ITEM.test(line) || RULE.test(line);
}

function runOf(lines, from, belongs) {
  let end = from;
  while (end < lines.length && belongs(lines[end])) {
    end++;
  }
  return end;
}

/** A line break is a line break: verses and addresses rely on it. */
function paragraph(lines) {
  const created = element('p');
  lines.forEach((line, i) => {
    if (i > 0) {
      created.append(element('br'));
    }
    created.append(inline(line.trim()));
  });
  return created;
}

function codeBlock(code, language, codeTools) {
  const bar = element('div', element('span', language || ''), codeTools(code));
  const block = element('div', bar, element('pre', element('code', highlight(code, language))));
  block.className = 'code';
  return block;
}

function endOfList(lines, from) {
  let end = from;
  while (end < lines.length) {
    const next = lines[end + 1] ?? '';
    const goesOn = ITEM.test(lines[end]) || /^\s+\S/.test(lines[end])
      || (!lines[end].trim() && (ITEM.test(next) || /^\s{2,}\S/.test(next)));
    if (!goesOn) {
      break;
    }
    end++;
  }
  return end;
}

function list(lines, codeTools, depth) {
  const first = ITEM.exec(lines[0]);
  const created = element(first[2] === undefined ? 'ul' : 'ol');
  if (first[2] !== undefined) {
    created.start = Number(first[2]);
  }
  const indent = first[1].length;
  let content = [];
  const close = () => {
    if (content.length > 0) {
      const simple = content.every((line) => line.trim() && !startsBlock(line));
      created.append(element('li', simple ? inline(content.join(' ')) : blocks(content, codeTools, depth + 1)));
    }
  };
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item && item[1].length <= indent + 1) {
      close();
      content = [item[3]];
    } else {
      content.push(line.replace(/^\s{1,4}/, ''));
    }
  }
  close();
  return created;
}

function table(lines) {
  const row = (line, cell) => element('tr', ...line.trim().replace(/^\||\|$/g, '').split('|')
    .map((text) => element(cell, inline(text.trim()))));
  const created = element('table', element('thead', row(lines[0], 'th')),
    element('tbody', ...lines.slice(2).map((line) => row(line, 'td'))));
  const frame = element('div', created);
  frame.className = 'table';
  return frame;
}

const INLINE = [
  [/(`+)([^]*?[^`])\1(?!`)/y, (m) => element('code', m[2].replace(/^ (.*) $/, '$1'))],
  [/\\([\\`*_{}[\]()#+\-.!~|>])/y, (m) => m[1]],
  [/\*\*(?=\S)([^]+?)(?<=\S)\*\*/y, (m, depth) => element('strong', inline(m[1], depth))],
  [/~~(?=\S)([^]+?)(?<=\S)~~/y, (m, depth) => element('del', inline(m[1], depth))],
  [/\*(?=\S)([^*]+?)(?<=\S)\*/y, (m, depth) => element('em', inline(m[1], depth))],
  [/\[([^\]\n]+)\]\(\s*(\S+?)(?:\s+"[^"]*")?\s*\)/y, (m, depth) => link(m[2], inline(m[1], depth)) ?? m[0]],
  [/https?:\/\/[^\s<>"'()\u3000-\u303f\uff00-\uffef]*[^\s<>"'().,;:!?\u3000-\u303f\uff00-\uffef]/y, (m) => link(m[0], m[0]) ?? m[0]],
];

function inline(source, depth = 0) {
  const out = document.createDocumentFragment();
  let plain = '';
  let at = 0;
  while (at < source.length) {
    const found = depth < MOST_NESTING ? match(source, at, depth) : null;
    if (found) {
      if (plain) {
        out.append(plain);
        plain = '';
      }
      out.append(found.node);
      at += found.length;
    } else {
      plain += source[at++];
    }
  }
  out.append(plain);
  return out;
}

function match(source, at, depth) {
  // Only these characters begin anything: most of a text is passed over quickly.
  if (!'`\\*~[h'.includes(source[at])) {
    return null;
  }
  for (const [pattern, node] of INLINE) {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found) {
      return { node: node(found, depth + 1), length: found[0].length };
    }
  }
  return null;
}

function link(address, content) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (!['http:', 'https:', 'mailto:'].includes(url.protocol)) {
    return null;
  }
  const created = element('a', content);
  created.href = url.href;
  created.target = '_blank';
  created.rel = 'noopener noreferrer nofollow';
  return created;
}

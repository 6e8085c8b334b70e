// Colours for code: comments, strings, numbers and keywords, for languages that look alike.

const C_LIKE = 'abstract as async await boolean break byte case catch char class const continue default delete do double else enum '
  + 'export extends final finally float fn for from func function go goto if impl implements import in instanceof int interface let '
  + 'long match mod mut namespace new null nullptr of override package private protected pub public record return sealed select short '
  + 'signed sizeof static string struct super switch template this throw throws trait true false try type typedef undefined unsigned '
  + 'use using val var virtual void volatile where while yield';
const HASH_LIKE = 'and as assert async await break case class continue def del do done elif else end except esac export False fi finally '
  + 'for from function global if import in is lambda local match None nonlocal not or pass raise return self then True try until while '
  + 'with yield echo';
const SQL = 'add all alter and as asc between by case column create default delete desc distinct drop else end exists false foreign from '
  + 'full group having in index inner insert into is join key left like limit not null on or order outer primary references right '
  + 'select set table then true union unique update values view when where with';

const FAMILIES = {
  c: { keywords: new Set(C_LIKE.split(' ')), comment: /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)/y },
  hash: { keywords: new Set(HASH_LIKE.split(' ')), comment: /#[^\n]*/y },
  sql: { keywords: new Set(SQL.split(' ')), comment: /--[^\n]*/y, caseless: true },
  data: { keywords: new Set(['true', 'false', 'null']), comment: /#[^\n]*/y },
};
const LANGUAGES = {
  python: 'hash', py: 'hash', bash: 'hash', sh: 'hash', shell: 'hash', zsh: 'hash', ruby: 'hash', rb: 'hash', r: 'hash',
  sql: 'sql', json: 'data', yaml: 'data', yml: 'data', toml: 'data', properties: 'data',
};
const STRING = /"""[^]*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\[^]|[^`\\])*`?/y;
const NUMBER = /\b(?:0[xX][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\w?\b/y;
const WORD = /[\p{L}_$][\p{L}\p{N}_$]*/uy;

/** Code as nodes: spans with a class, and text between them. */
export function highlight(code, language) {
  const family = FAMILIES[LANGUAGES[language.toLowerCase()] ?? 'c'];
  const nodes = document.createDocumentFragment();
  let plain = '';
  let at = 0;
  const take = (pattern) => {
    pattern.lastIndex = at;
    return pattern.exec(code)?.[0] ?? '';
  };
  const add = (name, token) => {
    if (plain) {
      nodes.append(plain);
      plain = '';
    }
    const span = document.createElement('span');
    span.className = name;
    span.textContent = token;
    nodes.append(span);
  };
  while (at < code.length) {
    let token;
    if ((token = take(family.comment))) {
      add('comment', token);
    } else if ((token = take(STRING))) {
      add('string', token);
    } else if ((token = take(NUMBER))) {
      add('number', token);
    } else if ((token = take(WORD))) {
      if (family.keywords.has(family.caseless ? token.toLowerCase() : token)) {
        add('keyword', token);
      } else {
        plain += token;
      }
    } else {
      token = code[at];
      plain += token;
    }
    at += token.length;
  }
  nodes.append(plain);
  return nodes;
}

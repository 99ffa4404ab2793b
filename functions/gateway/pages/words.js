// The journal's words as people read them: times, lengths of time, names, and who has done something.
import { make } from './staff.js';

// locale is how dates, amounts and countries are written: as the page's language has them, in the reader's own variety of
// it where they have one. Times are where the reader is.
export const locale = navigator.languages.find((l) => l.split('-')[0] === document.documentElement.lang) ?? document.documentElement.lang;

export const clock = { hour: 'numeric', minute: '2-digit', second: '2-digit' };
const exact = { ...clock, fractionalSecondDigits: 3 };
const days = { year: 'numeric', month: 'short', day: 'numeric' };
export const day = (at) => new Date(at).toLocaleDateString(locale, { ...days, month: 'long' });
export const time = (at, how = exact) => new Date(at).toLocaleString(locale, { ...days, ...how });
// moment is a time where the reader is; its title has it as logs do, in UTC.
const utc = (at) => `${new Date(at).toISOString().replace('T', ' ').replace('Z', '')} UTC`;
export const moment = (at, text) => make('time', { dateTime: at, title: utc(at) }, text);
export const timeOfDay = (at) => moment(at, new Date(at).toLocaleTimeString(locale, exact));
export const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
const amount = (n, unit) => `${n}\u00a0${unit}`;
export const lasting = (ms) => {
  if (ms < 1000) return amount(Math.round(ms), 'ms');
  if (ms < 60e3) return amount((ms / 1000).toFixed(1), 's');
  return ms < 3600e3 ? amount(Math.round(ms / 60e3), 'min') : amount((ms / 3600e3).toFixed(1), 'h');
};
// parts lets a name break behind its points and underscores.
export const parts = (name) => name.split(/(?<=[._])/).flatMap((part, i) => (i ? [make('wbr'), part] : [part]));

// inWords is a text as people read it: who did something is said by what they are, where there is one of them; any other
// id is short. Its end tells it from others of the same minute; a click copies all of it. Times are the reader's own.
const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const special = new RegExp(
  `((?:staff|customer|the guest of order) ${uuid}|${uuid}|\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC)`,
  'i',
);
let people = new Map(); // what they are: the ids of those who are
export const inWords = (text) => text.split(special).flatMap((part, i) => (i % 2 ? said(part) : [part]));
const said = (part) => {
  if (part.endsWith(' UTC')) {
    const at = part.replace(' UTC', 'Z').replace(' ', 'T');
    return [moment(at, time(at, clock))];
  }
  const [whole] = part.match(new RegExp(`${uuid}$`));
  const who = part.slice(0, -whole.length).replace(' of order', '').trim();
  if (who && people.get(who.toLowerCase())?.size === 1) {
    return [id(whole, who.replace(/^C/, 'The c').replace(/^c/, 'the c'))];
  }
  return [who ? `${who} ` : '', id(whole)];
};
// count is told all texts first: of whom there are two of a kind, their ids are said.
export const count = (texts) => {
  people = new Map();
  const named = new RegExp(`(staff|customer|the guest) (?:of order )?(${uuid})`, 'gi');
  for (const [, who, whole] of texts.join('\n').matchAll(named)) {
    const known = people.get(who.toLowerCase()) ?? new Set();
    people.set(who.toLowerCase(), known.add(whole));
  }
};
export const id = (whole, who = '') => {
  const short = who || `…${whole.slice(-8)}`;
  const button = make('button', { type: 'button', className: who ? 'id who' : 'id', title: `Copy ${whole}` }, short);
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(whole); // there only where the page came by https, or from this machine
      button.textContent = 'copied';
      setTimeout(() => {
        button.textContent = short;
      }, 1500);
    } catch {
      button.textContent = whole;
      getSelection().selectAllChildren(button);
    }
  });
  return button;
};

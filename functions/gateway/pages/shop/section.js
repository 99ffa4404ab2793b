// A section of the account: its name, what was done in it a moment ago, and what it has within it.
import { make } from './dom.js';

// What was done is told where it was, when the page is drawn again.
let told = null;
export const section = (id, name, ...inside) =>
  make(
    'section',
    { className: 'card', 'aria-labelledby': id },
    make('h2', { id, tabIndex: -1 }, name),
    told?.at === id && told.text ? make('p', { className: 'done', role: 'status' }, told.text) : null,
    ...inside,
  );
// redrawn has the page drawn anew by again, with what was done told in the section at; the reader is there, too.
export const redrawn = (again) => async (at, text) => {
  told = { at, text };
  await again();
  told = null;
  document.getElementById(at)?.focus();
};

// whole has a change made that needs an ETag; who comes too late is shown what is there now.
export const whole = async (change, at, done) => {
  try {
    return await change();
  } catch (problem) {
    if (problem.status !== 412 && problem.status !== 404) throw problem;
    await done(at, 'It was changed elsewhere meanwhile: this is what is there now.');
    return null;
  }
};

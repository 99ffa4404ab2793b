// Where the links of mails to staff lead: of a lost password, and of an invitation, by which somebody chooses their first.
import { ask, changes, enter, Refusal, tagged } from './api.js';
import { field, fill, link, make, quiet } from './parts.js';
import { sheet } from './sheet.js';

// token is behind the #, which no server's log has; out of the address it goes at once, and a reload finds it.
const token = () => {
  const found = new URLSearchParams(location.hash.slice(1)).get('token') ?? history.state?.token ?? '';
  if (location.hash) history.replaceState({ token: found }, '', location.pathname);
  return found;
};

export const show = ({ room }) => {
  const opens = token();
  if (!opens) {
    fill(
      room,
      make('p', {}, 'The link is not whole. Copy all of it from the mail, or ', link('/office/forgotten', 'have another one sent'), '.'),
    );
    return;
  }
  const set = async ({ email, password, name }) => {
    await ask('/password-resets/redemption', { token: opens, password });
    history.replaceState(null, '', location.pathname);
    try {
      await enter(email.trim(), password);
      if (name.trim()) await rename(name.trim());
      location.assign('/office');
    } catch (refused) {
      if (!(refused instanceof Refusal)) throw refused;
      fill(room, make('p', { role: 'status' }, 'Your password is set. ', link('/office', 'Log in with it')));
    }
  };
  fill(
    room,
    sheet(
      'Set this password',
      set,
      quiet('All log-ins that you have end, and you are logged in here.'),
      field('Your e-mail address', {
        name: 'email',
        type: 'email',
        required: true,
        autocomplete: 'username',
        hint: 'The one that the mail came to.',
      }),
      field('New password', {
        name: 'password',
        type: 'password',
        required: true,
        minlength: 10,
        maxlength: 128,
        autocomplete: 'new-password',
        hint: 'Of 10 characters or more.',
      }),
      field('Your name', {
        name: 'name',
        maxlength: 120,
        autocomplete: 'name',
        hint: 'As colleagues read it; left empty it stays as it is.',
      }),
    ),
    make('p', {}, 'The link does not work any more? ', link('/office/forgotten', 'Have another one sent')),
  );
};

const rename = async (name) => {
  const { it, tag } = await tagged('/users/me');
  if (it.name !== name) await changes()('PATCH', '/users/me', { name }, { match: tag, merge: true });
};

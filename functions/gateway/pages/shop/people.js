// Who somebody is: log in, register, and the pages that links in mails lead to.
import { isLoggedIn, logIn as enter, send } from './mart.js';
import { field, form, link, make, narrow, notice, title } from './dom.js';

const email = (props = {}) =>
  field('E-mail address', 'email', {
    type: 'email',
    required: true,
    maxLength: 254,
    autocomplete: 'username',
    ...props,
  });
const password = (label, autocomplete) =>
  field(label, 'password', {
    type: 'password',
    required: true,
    autocomplete,
    ...(autocomplete === 'new-password' && { minLength: 10, maxLength: 128 }),
  });
// Within the shop, and nowhere else.
const after = (query) => (/^\/[a-z]/.test(query.get('next') ?? '') ? query.get('next') : '/account');

export const logIn = async ({ query, go }) => {
  if (isLoggedIn()) return void go(after(query), { replace: true });
  return narrow(
    title('Log in'),
    form(
      async (data) => {
        try {
          await enter(data.get('email'), data.get('password'));
        } catch (problem) {
          throw problem.code === 'invalid_grant'
            ? { detail: 'The e-mail address or the password is wrong. Try again, or have a new password set below.' }
            : problem;
        }
        await go(after(query), { replace: true });
      },
      { className: 'card' },
      email(),
      password('Password', 'current-password'),
      make('button', { className: 'main' }, 'Log in'),
    ),
    make(
      'p',
      {},
      link('/forgotten', 'I do not know my password'),
      ' · ',
      link(`/register?next=${encodeURIComponent(after(query))}`, 'I have no account'),
    ),
  );
};

export const register = async ({ query, go }) =>
  narrow(
    title('Open an account'),
    form(
      async (data) => {
        const body = { name: data.get('name').trim(), email: data.get('email').trim(), password: data.get('password') };
        await send('POST', '/customers', body, { secret: true });
        try {
          await enter(body.email, body.password);
        } catch (problem) {
          throw problem.code === 'invalid_grant'
            ? { detail: 'Look into your mailbox: what to do with this address is told there.' }
            : problem; // as with an address that has an account
        }
        await go(after(query), { replace: true });
      },
      { className: 'card' },
      field('Name', 'name', { required: true, maxLength: 120, autocomplete: 'name' }),
      email({ autocomplete: 'email' }),
      password('Password, of 10 characters or more', 'new-password'),
      make('button', { className: 'main' }, 'Open the account'),
    ),
    make('p', {}, link('/log-in', 'I have an account')),
  );

export const forgotten = async () =>
  narrow(
    title('A new password'),
    form(
      async (data, f) => {
        await send('POST', '/password-resets', { account: 'customer', email: data.get('email').trim() });
        f.replaceChildren(
          make(
            'p',
            { role: 'status' },
            'If there is an account with this address, a mail with a link is on its way to it. ' +
              'The link is good for half an hour.',
          ),
        );
      },
      { className: 'card' },
      email(),
      make('button', { className: 'main' }, 'Send me a link'),
    ),
  );

// What is behind the # of a link in a mail is used once, and taken out of the address at once.
const shown = () => {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? history.state?.token ?? null;
  if (location.hash) history.replaceState({ token }, '', location.pathname);
  return token;
};
const worthless = (again, text) => [
  make('p', {}, 'The link is not whole. Copy all of it from the mail, or '),
  link(again, text),
];

export const resetPassword = async ({ go }) => {
  const token = shown();
  if (!token) return narrow(title('A new password'), ...worthless('/forgotten', 'ask for a new one.'));
  const said = make('div', { className: 'said' });
  return narrow(
    title('A new password'),
    form(
      async (data) => {
        try {
          await send('POST', '/password-resets/redemption', { token, password: data.get('password') }, { secret: true });
        } catch (problem) {
          if (problem.code !== 'reset_closed') throw problem;
          return said.replaceChildren(
            notice(problem, make('p', {}, link('/forgotten', 'Have another link sent'))),
          );
        }
        await go('/log-in', { replace: true });
      },
      { className: 'card' },
      password('New password, of 10 characters or more', 'new-password'),
      make('p', { className: 'quiet' }, 'All log-ins end; log in with the new one.'),
      make('button', { className: 'main' }, 'Set this password'),
      said,
    ),
  );
};

export const verifyEmail = async () => {
  const token = shown();
  if (!token) return narrow(title('Your e-mail address'), ...worthless('/account', 'have another sent.'));
  const box = make(
    'div',
    { className: 'card' },
    form(
      async () => {
        try {
          await send('POST', '/email-verifications/redemption', { token }, { secret: true });
          box.replaceChildren(
            make('p', { role: 'status' }, 'Thank you: your address is confirmed. ', link('', 'To the shop')),
          );
        } catch (problem) {
          if (problem.code !== 'verification_closed') throw problem;
          box.replaceChildren(notice(problem, make('p', {}, link('/account', 'Have another link sent'))));
        }
      },
      {},
      make('p', {}, 'One click, and we know that the address is yours.'),
      make('button', { className: 'main' }, 'Confirm my address'),
    ),
  );
  return narrow(title('Your e-mail address'), box);
};

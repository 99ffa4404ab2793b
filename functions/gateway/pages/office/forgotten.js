// Who does not know their password has a link mailed to a new one. The answer is the same whether or not somebody has the address.
import { ask } from './api.js';
import { field, fill, link, make, quiet } from './parts.js';
import { sheet } from './sheet.js';

export const show = ({ room }) => {
  const send = async ({ email }) => {
    await ask('/password-resets', { account: 'staff', email: email.trim() });
    fill(
      room,
      make(
        'p',
        { role: 'status' },
        `If ${email.trim()} is the address of a member of staff, a mail is on its way to it. Its link is good for 30 minutes.`,
      ),
      make('p', {}, link('/office', 'To the log-in')),
    );
  };
  fill(
    room,
    sheet(
      'Send me a link',
      send,
      quiet('A mail with a link to a new password goes to the address that you log in with.'),
      field('E-mail address', { name: 'email', type: 'email', required: true, autocomplete: 'username' }),
    ),
    make('p', {}, link('/office', 'To the log-in')),
  );
};

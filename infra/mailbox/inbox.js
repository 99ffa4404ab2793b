// The list of mails, kept fresh without the page being loaded anew: what somebody types, and the mail that they read, stay as they are.
const every = 3000; // how often it looks, while somebody looks at it

// mails is the list as the server renders it, out of its page: parsed, never run.
const mails = (page) => page.getElementById('mails');

const look = async () => {
  const answer = await fetch(location.href, { cache: 'no-store' }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const list = mails(document), fresh = mails(page);
  if (!fresh || fresh.innerHTML === list.innerHTML) return;
  const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  list.replaceChildren(...document.adoptNode(fresh).childNodes);
  if (focused) [...list.querySelectorAll('a')].find((a) => a.getAttribute('href') === focused)?.focus({ preventScroll: true });
  if (document.body.matches('.lists')) document.title = page.title;
  const [now, then] = [document, page].map((d) => d.querySelector('header form[action="/empty"]'));
  if (then && now) now.replaceWith(document.adoptNode(then));
  else if (then) document.querySelector('header').append(document.adoptNode(then));
  else now?.remove();
};

setInterval(() => { if (!document.hidden) look(); }, every);
document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); });

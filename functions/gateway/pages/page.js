// What our own pages do besides being read: fold what is long on a phone, and copy an example.
if (matchMedia('(max-width: 50rem)').matches) {
  for (const long of document.querySelectorAll('details.folds')) long.open = false;
}
const target = location.hash && document.getElementById(location.hash.slice(1))?.closest('details');
if (target) target.open = true;

for (const button of document.querySelectorAll('button[data-copies]')) {
  const said = button.textContent;
  const say = (words) => {
    button.textContent = words;
    setTimeout(() => {
      button.textContent = said;
    }, 2000);
  };
  button.hidden = false; // without this script it would do nothing
  button.addEventListener('click', async () => {
    const source = document.getElementById(button.dataset.copies);
    try {
      // There only where the page came by https, or from this machine.
      await navigator.clipboard.writeText(source.textContent);
      say('Copied');
    } catch {
      getSelection().selectAllChildren(source);
      say('Selected: copy it');
    }
  });
}

// What our own pages do besides being read: copy an example.
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

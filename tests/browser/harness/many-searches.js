// A page that is used for long.

export const SEARCHES = 1000;
/** From here on caches are filled and the allocators have what they need. */
export const SETTLED = 250;

/** Runs in the page: asks for `from` to `to`, each when the answer before is on show. */
export async function searchMany({ from, to }) {
  const words = ["열", "기침", "콧물", "두통", "혈압", "가려움", "설사", "소화", "위산", "알레르기"];
  const input = document.querySelector("#query");
  const results = document.querySelector("#results");
  for (let i = from; i < to; i++) {
    input.value = `${words[i % words.length]} ${i}`;
    const answered = new Promise((resolve) => {
      new MutationObserver((_, observer) => {
        observer.disconnect();
        resolve();
      }).observe(results, { childList: true });
    });
    input.form.requestSubmit();
    await answered;
  }
}

// One record kept in this browser: the list that somebody brought, with its index.

/** @typedef {{ name: string, list: ArrayBuffer, index: Uint8Array }} OwnList */

const DATABASE = "yaksearch";
const STORE = "lists";
const KEY = "own";

/** The list that is kept here, if there is one and the browser gives it. @returns {Promise<OwnList | null>} */
export async function keptList() {
  return (await transact("readonly", (store) => store.get(KEY)).catch(() => null)) ?? null;
}

/** Keeps `list` in place of another; rejects when there is no room. */
export const keepList = (/** @type {OwnList} */ list) => transact("readwrite", (store) => store.put(list, KEY));

export const forgetList = () => transact("readwrite", (store) => store.delete(KEY));

/**
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} action
 * @returns {Promise<any>}
 */
async function transact(mode, action) {
  const database = await new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = action(transaction.objectStore(STORE));
      // Only then is it on the disk.
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

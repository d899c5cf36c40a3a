(async () => {
  const texts = [];

  const take = (value) => {
    if (typeof value === "string") texts.push(value);
    else if (typeof value === "number" || typeof value === "bigint") texts.push(String(value));
    else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      texts.push(new TextDecoder("utf-8").decode(bytes));
      texts.push(new TextDecoder("utf-16le").decode(bytes));
    } else if (value instanceof CryptoKey) texts.push(`${value.type} key, extractable: ${value.extractable}`);
    else if (value instanceof Map) for (const [key, member] of value) take(key), take(member);
    else if (value && typeof value === "object")
      for (const [key, member] of Object.entries(value)) take(key), take(member);
  };

  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  for (const { name } of await indexedDB.databases()) {
    texts.push(name);
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      texts.push(store);
      const transaction = database.transaction(store);
      take(await done(transaction.objectStore(store).getAllKeys()));
      take(await done(transaction.objectStore(store).getAll()));
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    texts.push(name);
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      texts.push(request.url);
      const response = await cache.match(request);
      texts.push(await response.text());
    }
  }
  for (const storage of [localStorage, sessionStorage]) take({ ...storage });
  texts.push(document.cookie, location.href);
  return texts;
})()

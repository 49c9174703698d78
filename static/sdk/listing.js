// A list that comes in pages.

/** What is listed: await it for one page, or iterate over it for everything, page after page. It asks when it is read, not before. */
export class Listing {
  #load
  #name
  #first

  // load gets the page after a cursor, in which the things are under name.
  constructor(load, name) {
    this.#load = load
    this.#name = name
  }

  get #page() { return (this.#first ??= this.#load()) }
  then(done, failed) { return this.#page.then(done, failed) }
  catch(failed) { return this.#page.catch(failed) }
  finally(after) { return this.#page.finally(after) }

  async *[Symbol.asyncIterator]() {
    for (let page = await this.#page; ; page = await this.#load(page.nextCursor)) {
      yield* page[this.#name]
      if (!page.nextCursor) return
    }
  }
}

/** A store that answers the calls named in `own` itself, and leaves every other call to KV. */
export function overlaid(store: KVNamespace, own: object): KVNamespace {
  return new Proxy(store, {
    get(target, property) {
      if (Object.hasOwn(own, property)) return Reflect.get(own, property);
      const value: unknown = Reflect.get(target, property);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

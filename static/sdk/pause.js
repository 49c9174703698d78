// pause waits, unless the signal fires first.
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const stop = () => { clearTimeout(timer); reject(signal.reason) }
    const timer = setTimeout(() => { signal.removeEventListener('abort', stop); resolve() }, milliseconds)
    signal.addEventListener('abort', stop, { once: true })
  })
}

// What the tabs of a browser tell each other.
const channel = new BroadcastChannel('alleato')

export const tellTabs = (topic, detail = {}) => channel.postMessage({ topic, ...detail })

export function onTabs(topic, handler) {
  channel.addEventListener('message', ({ data }) => data.topic === topic && handler(data))
}

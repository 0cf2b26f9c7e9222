/** What the person will recognise the phone by: in the list of their phones, and where one is removed. */
export function nameDevice(): string {
  const agent = navigator.userAgent
  const [system = 'Web'] = /iPhone|iPad|HarmonyOS|Android|Windows|Macintosh/.exec(agent) ?? []
  const host = /MicroMessenger/.test(agent) ? '微信' : location.hostname
  return `${system} · ${host}`.slice(0, 60)
}

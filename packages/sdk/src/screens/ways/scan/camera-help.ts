import type { StringKey } from '../../../strings/zh-cn.ts'

/** R25: how the camera is allowed on this system, by what the browser says of itself. */
export function cameraHelp(userAgent: string, maxTouchPoints = 0): StringKey {
  const apple =
    /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)
  const android = /Android|HarmonyOS|OpenHarmony/.test(userAgent)
  if (/MicroMessenger/.test(userAgent)) {
    return apple ? 'cameraWechatIos' : android ? 'cameraWechatAndroid' : 'cameraDesktop'
  }
  // A browser's own name; without one it is an app's web view.
  if (apple)
    return /Safari\//.test(userAgent) && /Version\//.test(userAgent)
      ? 'cameraSafari'
      : 'cameraAppIos'
  if (android) return /; wv\)|ArkWeb/.test(userAgent) ? 'cameraAppAndroid' : 'cameraChrome'
  return 'cameraDesktop'
}

/**
 * What a phone does while it holds out a code: a bright screen that stays on (R19), nothing of it on
 * pictures and recordings as far as the system goes along, and word of a screenshot.
 *
 * @param {() => void} onCapture The code was photographed by the phone itself.
 */
function createCodeScreen(onCapture) {
  /** Of the person's own, to be given back. @type {number | undefined} */
  let before
  let held = false

  return {
    hold() {
      if (held) return
      held = true
      wx.getScreenBrightness({
        success({ value }) {
          if (!held) return
          before = value
          wx.setScreenBrightness({ value: 1 })
        },
      })
      wx.setKeepScreenOn({ keepScreenOn: true })
      wx.setVisualEffectOnCapture({ visualEffect: 'hidden' })
      wx.onUserCaptureScreen(onCapture)
    },
    release() {
      if (!held) return
      held = false
      // Android: −1 gives the brightness back to the system, which may have changed it meanwhile.
      const isAndroid = wx.getDeviceInfo().platform === 'android'
      if (before !== undefined) wx.setScreenBrightness({ value: isAndroid ? -1 : before })
      before = undefined
      wx.setKeepScreenOn({ keepScreenOn: false })
      wx.setVisualEffectOnCapture({ visualEffect: 'none' })
      wx.offUserCaptureScreen()
    },
  }
}

module.exports = { createCodeScreen }

const { startEcode } = require('./ecode/ecode')

App({
  onLaunch() {
    // Signing in takes the longest on the way to a code: it begins before there is a page.
    startEcode()
  },
})

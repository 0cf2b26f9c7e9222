const place = document.querySelector('#ecode')
const { school } = place.dataset

ECode.signIn({ school })
  .then(({ subject, session }) => ECode.create({ school, subject, session }).mount(place))
  .catch(({ code }) => {
    place.textContent =
      code === 'SIGN_IN_IMPOSSIBLE' ? '请在微信里打开校园卡' : '校园卡没有打开，请稍后再进入'
  })

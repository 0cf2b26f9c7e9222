// What the sign-in pages do by themselves. Served by the core as it is compiled, so it imports nothing.

/** As WeChat's JS-SDK has it, where the page loads that. */
declare const wx: { miniProgram?: { navigateBack(options: { delta: number }): void } } | undefined

const { step } = document.documentElement.dataset

if (step === 'open') openPage()
if (step === 'done') goBack()
for (const form of Array.from(document.forms)) form.addEventListener('submit', () => wait(form))
// The page comes back as it was left, whatever has become of it since.
addEventListener('pageshow', (event) => {
  if (event.persisted) for (const form of Array.from(document.forms)) release(form)
})

/** The mini-program has put the page's secret where no server sees it; it is sent on in a body. */
function openPage(): void {
  const form = document.forms[0]
  const secret = new URLSearchParams(location.hash.slice(1)).get('p')
  const field = form?.elements.namedItem('page')
  if (!form || !secret || !(field instanceof HTMLInputElement)) {
    document.body.classList.add('lost')
    return
  }
  history.replaceState(null, '', location.pathname)
  field.value = secret
  form.submit()
}

function goBack(): void {
  const back = () => {
    if (typeof wx !== 'undefined') wx?.miniProgram?.navigateBack({ delta: 1 })
  }
  document.getElementById('back')?.addEventListener('click', back)
  // Long enough to be read.
  setTimeout(back, 1_200)
}

function wait(form: HTMLFormElement): void {
  const button = form.querySelector('button')
  if (!button) return
  button.dataset.text = button.textContent ?? ''
  button.textContent = button.dataset.wait ?? button.textContent
  // After the form has been sent, or the button would not count as what sent it.
  setTimeout(() => {
    button.disabled = true
  })
}

function release(form: HTMLFormElement): void {
  const button = form.querySelector('button')
  if (!button) return
  button.disabled = false
  button.textContent = button.dataset.text ?? button.textContent
}

export {}

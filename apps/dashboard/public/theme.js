// Runs before the first paint, so that a dark page never flashes white. A file and not an inline script, so that the
// content security policy need not allow those.
;(() => {
  let choice = null
  try {
    choice = localStorage.getItem('koble-theme')
  } catch {
    // Storage may be forbidden; then the system decides.
  }
  const dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()

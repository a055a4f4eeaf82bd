// Sets the chosen theme before anything is painted. "system" leaves the choice to the browser.
try {
  const theme = localStorage.getItem("waymark.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's theme is right then.
}

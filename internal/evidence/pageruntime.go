package evidence

// KindPage is a page in a browser.
const KindPage = "page"

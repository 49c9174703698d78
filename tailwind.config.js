/** @type {import('tailwindcss').Config} */
export default {
  content: ['./views/**/*.templ', './views/**/*.go', './static/js/**/*.js'],
  theme: {
    extend: {
      colors: { brand: { 400: '#9d92ff', 500: '#6d5efc', 600: '#5b49f0' } },
      maxWidth: { chat: '48rem' },
      keyframes: {
        blink: { '50%': { opacity: 0.2 } },
        rise: { from: { opacity: 0, transform: 'translateY(6px)' } },
        pane: { from: { opacity: 0, transform: 'translateX(12px)' } },
      },
      // Rules of typography that a browser cannot answer without looking through all of the text at each piece that
      // is added to it: a quote's first and last paragraph, for quotation marks, which we do not have, and what
      // follows a heading, where the smaller margins of lists and quotes do as well (a heading below a heading
      // stands further off for it).
      typography: {
        DEFAULT: {
          css: Object.fromEntries(['blockquote p:first-of-type::before', 'blockquote p:last-of-type::after', 'hr + *', 'h2 + *', 'h3 + *', 'h4 + *'].map((rule) => [rule, false])),
        },
      },
      animation: { caret: 'blink 1s steps(2) infinite', rise: 'rise .2s ease-out', pane: 'pane .18s ease-out' },
    },
  },
  plugins: [],
}

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
      // No quotation marks round a quote. To look for its first and last paragraph makes each paragraph that is
      // appended to a text cost the style of all of its paragraphs.
      typography: { DEFAULT: { css: { 'blockquote p:first-of-type::before': false, 'blockquote p:last-of-type::after': false } } },
      animation: { caret: 'blink 1s steps(2) infinite', rise: 'rise .2s ease-out', pane: 'pane .18s ease-out' },
    },
  },
  plugins: [],
}

// How the code editor looks: the colours are the chat's code blocks', by the class names of chroma, which
// css/code.css has. What is CodeMirror's own comes with it, on demand.
import { syntaxHighlighting } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tagHighlighter, tags as t } from '@lezer/highlight'

// CodeMirror writes a <style> into a document, which our policy refuses; into a shadow root it mounts a
// constructed sheet, which the policy allows. What keeps a root's sheet hangs on it under a symbol: hung
// on the document, it serves there as well. The scenes fail if a version to come does otherwise.
let adopted = false
export function adoptStyles() {
  if (adopted) return
  adopted = true
  const root = document.createElement('div').attachShadow({ mode: 'open' })
  new EditorView({ root }).destroy()
  for (const key of Object.getOwnPropertySymbols(root)) document[key] ??= root[key]
}

const chroma = tagHighlighter([
  { tag: [t.keyword, t.operatorKeyword, t.modifier, t.typeName, t.meta, t.processingInstruction, t.self, t.null, t.bool], class: 'k' },
  { tag: [t.string, t.character, t.attributeValue, t.regexp, t.escape, t.special(t.string), t.docString, t.inserted, t.monospace], class: 's' },
  { tag: [t.number, t.literal, t.atom, t.unit, t.color, t.constant(t.variableName)], class: 'm' },
  { tag: [t.function(t.definition(t.variableName)), t.function(t.variableName), t.function(t.propertyName), t.className, t.definition(t.className),
    t.namespace, t.macroName, t.tagName, t.attributeName, t.definition(t.propertyName), t.labelName, t.heading, t.link, t.url], class: 'nf' },
  { tag: [t.comment, t.lineComment, t.blockComment, t.docComment], class: 'c' },
  { tag: [t.invalid, t.deleted], class: 'err' },
  { tag: t.emphasis, class: 'ge' },
  { tag: t.strong, class: 'gs' },
])

const look = EditorView.theme({
  '&': { flex: '1', minHeight: '0', fontSize: '13px', backgroundColor: 'var(--background)', color: 'var(--foreground)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '24px', scrollbarWidth: 'thin', overscrollBehavior: 'contain' },
  '.cm-content': { padding: '12px 0 25vh', caretColor: 'var(--foreground)' },
  '.cm-line': { padding: '0 16px 0 8px' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--foreground)', borderLeftWidth: '2px' },
  '.cm-gutters': { backgroundColor: 'var(--background)', color: 'var(--muted-foreground)', border: 'none', paddingLeft: '8px' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '28px', padding: '0 4px 0 0', fontSize: '12px' },
  '.cm-foldGutter .cm-gutterElement': { width: '16px', cursor: 'pointer', textAlign: 'center' },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLine': { backgroundColor: 'color-mix(in oklab, var(--muted) 60%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLineGutter': { color: 'var(--foreground)', backgroundColor: 'transparent' },
  '& .cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: 'color-mix(in oklab, var(--color-brand-500) 25%, transparent)' },
  '.cm-selectionMatch': { backgroundColor: 'color-mix(in oklab, var(--color-brand-500) 14%, transparent)', borderRadius: '2px' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'color-mix(in oklab, var(--color-brand-500) 20%, transparent)', borderRadius: '2px' },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'color-mix(in oklab, var(--destructive) 25%, transparent)' },
  '.cm-searchMatch': { backgroundColor: 'color-mix(in oklab, #facc15 14%, transparent)', boxShadow: 'inset 0 -2px #eab308', borderRadius: '2px' },
  '.cm-searchMatch-selected': { backgroundColor: 'color-mix(in oklab, #f97316 16%, transparent)', boxShadow: 'inset 0 0 0 2px #f97316' },
  '.cm-specialChar': { color: 'var(--destructive)' },
  '.cm-foldPlaceholder': { border: '0', margin: '0 4px', padding: '0 6px', borderRadius: '6px', backgroundColor: 'var(--muted)', color: 'var(--muted-foreground)' },
  '.cm-panels': { backgroundColor: 'var(--background)', color: 'var(--foreground)', zIndex: '5' },
  '.cm-panels-top': { borderBottom: '1px solid var(--border)' },
  '.cm-panels-bottom': { borderTop: '1px solid var(--border)' },
  '.cm-panel': { fontFamily: 'var(--font-sans)' },
  '.cm-panel.cm-search, .cm-panel.cm-gotoLine': { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '6px', padding: '8px 40px 8px 12px', fontSize: '12px' },
  '.cm-panel.cm-search > br': { display: 'block', flexBasis: '100%', height: '0', content: '""' },
  '.cm-panel .cm-textfield': { height: '28px', minWidth: '0', flex: '0 1 220px', margin: '0', padding: '0 10px', fontSize: '13px', border: '1px solid var(--input)',
    borderRadius: '8px', backgroundColor: 'transparent', color: 'inherit' },
  '.cm-panel .cm-button': { height: '28px', margin: '0', padding: '0 10px', fontSize: '12px', fontWeight: '500', textTransform: 'capitalize', border: '1px solid var(--border)',
    borderRadius: '8px', backgroundImage: 'none', backgroundColor: 'var(--background)', color: 'inherit' },
  '.cm-panel :focus-visible': { outlineOffset: '0' },
  '.cm-panel .cm-button:hover': { backgroundColor: 'var(--accent)' },
  '.cm-panel.cm-search label': { display: 'inline-flex', alignItems: 'center', gap: '5px', margin: '0 4px 0 0', fontSize: '12px', textTransform: 'capitalize' },
  '.cm-panel.cm-search input[type=checkbox]': { margin: '0', accentColor: 'var(--color-brand-500)' },
  '.cm-panel.cm-search [name=close], .cm-panel.cm-gotoLine [name=close], .cm-dialog-close': { position: 'absolute', top: '8px', right: '8px', width: '28px', height: '28px', padding: '0',
    fontSize: '18px', lineHeight: '1', borderRadius: '8px', backgroundColor: 'transparent', color: 'var(--muted-foreground)' },
  '.cm-panel.cm-search [name=close]:hover': { backgroundColor: 'var(--accent)' },
})

export const codeStyle = [look, syntaxHighlighting(chroma), EditorView.editorAttributes.of({ class: 'chroma' })]

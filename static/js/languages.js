// The languages that the code editor colours and indents. Each is fetched with the first document that
// needs it; of what is not here the text is plain.
import { StreamLanguage, LanguageSupport } from '@codemirror/language'

const legacy = (parser) => new LanguageSupport(StreamLanguage.define(parser))
const script = (options) => () => import('@codemirror/lang-javascript').then((m) => m.javascript(options))
const clike = (name) => () => import('@codemirror/legacy-modes/mode/clike').then((m) => legacy(m[name]))
const lisp = () => import('@codemirror/legacy-modes/mode/clojure').then((m) => legacy(m.clojure))
const ml = (name) => () => import('@codemirror/legacy-modes/mode/mllike').then((m) => legacy(m[name]))

// name is what is saved, and what models call it; also are further names for the same.
const all = [
  { name: 'bash', label: 'Bash', also: 'shell sh zsh console', load: () => import('@codemirror/legacy-modes/mode/shell').then((m) => legacy(m.shell)) },
  { name: 'c', label: 'C', also: 'h', load: () => import('@codemirror/lang-cpp').then((m) => m.cpp()) },
  { name: 'c++', label: 'C++', also: 'cpp cc hpp', load: () => import('@codemirror/lang-cpp').then((m) => m.cpp()) },
  { name: 'c#', label: 'C#', also: 'csharp cs', load: clike('csharp') },
  { name: 'clojure', label: 'Clojure', also: 'clj', load: lisp },
  { name: 'css', label: 'CSS', load: () => import('@codemirror/lang-css').then((m) => m.css()) },
  { name: 'dart', label: 'Dart', load: clike('dart') },
  { name: 'diff', label: 'Diff', also: 'patch', load: () => import('@codemirror/legacy-modes/mode/diff').then((m) => legacy(m.diff)) },
  { name: 'dockerfile', label: 'Dockerfile', also: 'docker', load: () => import('@codemirror/legacy-modes/mode/dockerfile').then((m) => legacy(m.dockerFile)) },
  { name: 'elm', label: 'Elm', load: () => import('@codemirror/legacy-modes/mode/elm').then((m) => legacy(m.elm)) },
  { name: 'erlang', label: 'Erlang', also: 'erl', load: () => import('@codemirror/legacy-modes/mode/erlang').then((m) => legacy(m.erlang)) },
  { name: 'f#', label: 'F#', also: 'fsharp fs', load: ml('fSharp') },
  { name: 'fortran', label: 'Fortran', also: 'f90', load: () => import('@codemirror/legacy-modes/mode/fortran').then((m) => legacy(m.fortran)) },
  { name: 'go', label: 'Go', also: 'golang', load: () => import('@codemirror/lang-go').then((m) => m.go()) },
  { name: 'groovy', label: 'Groovy', load: () => import('@codemirror/legacy-modes/mode/groovy').then((m) => legacy(m.groovy)) },
  { name: 'haskell', label: 'Haskell', also: 'hs', load: () => import('@codemirror/legacy-modes/mode/haskell').then((m) => legacy(m.haskell)) },
  { name: 'html', label: 'HTML', also: 'htm', load: () => import('@codemirror/lang-html').then((m) => m.html()) },
  { name: 'ini', label: 'INI', also: 'properties conf env', load: () => import('@codemirror/legacy-modes/mode/properties').then((m) => legacy(m.properties)) },
  { name: 'java', label: 'Java', load: () => import('@codemirror/lang-java').then((m) => m.java()) },
  { name: 'javascript', label: 'JavaScript', also: 'js mjs cjs node', load: script() },
  { name: 'json', label: 'JSON', also: 'json5 jsonc', load: () => import('@codemirror/lang-json').then((m) => m.json()) },
  { name: 'jsx', label: 'JSX', load: script({ jsx: true }) },
  { name: 'julia', label: 'Julia', also: 'jl', load: () => import('@codemirror/legacy-modes/mode/julia').then((m) => legacy(m.julia)) },
  { name: 'kotlin', label: 'Kotlin', also: 'kt', load: clike('kotlin') },
  { name: 'latex', label: 'LaTeX', also: 'tex', load: () => import('@codemirror/legacy-modes/mode/stex').then((m) => legacy(m.stex)) },
  { name: 'less', label: 'Less', load: () => import('@codemirror/lang-less').then((m) => m.less()) },
  { name: 'lisp', label: 'Lisp', also: 'common-lisp commonlisp', load: () => import('@codemirror/legacy-modes/mode/commonlisp').then((m) => legacy(m.commonLisp)) },
  { name: 'lua', label: 'Lua', load: () => import('@codemirror/legacy-modes/mode/lua').then((m) => legacy(m.lua)) },
  { name: 'markdown', label: 'Markdown', also: 'md', load: () => import('@codemirror/lang-markdown').then((m) => m.markdown()) },
  { name: 'matlab', label: 'MATLAB, Octave', also: 'octave', load: () => import('@codemirror/legacy-modes/mode/octave').then((m) => legacy(m.octave)) },
  { name: 'nginx', label: 'Nginx', load: () => import('@codemirror/legacy-modes/mode/nginx').then((m) => legacy(m.nginx)) },
  { name: 'objective-c', label: 'Objective-C', also: 'objc objectivec', load: clike('objectiveC') },
  { name: 'ocaml', label: 'OCaml', also: 'ml', load: ml('oCaml') },
  { name: 'pascal', label: 'Pascal', also: 'delphi', load: () => import('@codemirror/legacy-modes/mode/pascal').then((m) => legacy(m.pascal)) },
  { name: 'perl', label: 'Perl', also: 'pl', load: () => import('@codemirror/legacy-modes/mode/perl').then((m) => legacy(m.perl)) },
  { name: 'php', label: 'PHP', load: () => import('@codemirror/lang-php').then((m) => m.php()) },
  { name: 'powershell', label: 'PowerShell', also: 'ps1 pwsh', load: () => import('@codemirror/legacy-modes/mode/powershell').then((m) => legacy(m.powerShell)) },
  { name: 'protobuf', label: 'Protocol Buffers', also: 'proto', load: () => import('@codemirror/legacy-modes/mode/protobuf').then((m) => legacy(m.protobuf)) },
  { name: 'python', label: 'Python', also: 'py python3', load: () => import('@codemirror/lang-python').then((m) => m.python()) },
  { name: 'r', label: 'R', load: () => import('@codemirror/legacy-modes/mode/r').then((m) => legacy(m.r)) },
  { name: 'ruby', label: 'Ruby', also: 'rb', load: () => import('@codemirror/legacy-modes/mode/ruby').then((m) => legacy(m.ruby)) },
  { name: 'rust', label: 'Rust', also: 'rs', load: () => import('@codemirror/lang-rust').then((m) => m.rust()) },
  { name: 'sass', label: 'Sass', load: () => import('@codemirror/lang-sass').then((m) => m.sass({ indented: true })) },
  { name: 'scala', label: 'Scala', load: clike('scala') },
  { name: 'scheme', label: 'Scheme', also: 'racket', load: () => import('@codemirror/legacy-modes/mode/scheme').then((m) => legacy(m.scheme)) },
  { name: 'scss', label: 'SCSS', load: () => import('@codemirror/lang-sass').then((m) => m.sass()) },
  { name: 'sql', label: 'SQL', also: 'sqlite mysql postgresql postgres', load: () => import('@codemirror/lang-sql').then((m) => m.sql()) },
  { name: 'swift', label: 'Swift', load: () => import('@codemirror/legacy-modes/mode/swift').then((m) => legacy(m.swift)) },
  { name: 'toml', label: 'TOML', load: () => import('@codemirror/legacy-modes/mode/toml').then((m) => legacy(m.toml)) },
  { name: 'tsx', label: 'TSX', load: script({ jsx: true, typescript: true }) },
  { name: 'typescript', label: 'TypeScript', also: 'ts mts', load: script({ typescript: true }) },
  { name: 'vb', label: 'Visual Basic', also: 'vb.net', load: () => import('@codemirror/legacy-modes/mode/vb').then((m) => legacy(m.vb)) },
  { name: 'verilog', label: 'Verilog', also: 'systemverilog', load: () => import('@codemirror/legacy-modes/mode/verilog').then((m) => legacy(m.verilog)) },
  { name: 'vue', label: 'Vue', load: () => import('@codemirror/lang-vue').then((m) => m.vue()) },
  { name: 'xml', label: 'XML', also: 'svg xsl plist', load: () => import('@codemirror/lang-xml').then((m) => m.xml()) },
  { name: 'yaml', label: 'YAML', also: 'yml', load: () => import('@codemirror/lang-yaml').then((m) => m.yaml()) },
]

const byName = new Map(all.flatMap((language) => [language.name, ...(language.also ?? '').split(' ')].filter(Boolean).map((name) => [name, language])))

// find knows a language by any of its names; undefined is plain text.
export const find = (name) => byName.get((name ?? '').toLowerCase())

// choices are those to choose from, and the document's own where that is another.
export function choices(current) {
  const known = find(current)
  const list = [{ name: '', label: 'Plain text' }, ...all.map(({ name, label }) => ({ name: known?.name === name ? current : name, label }))]
  if (current && !known) list.push({ name: current, label: current })
  return list
}

// support is how a language is coloured and indented; nothing where it cannot be fetched.
export async function support(name) {
  try {
    return (await find(name)?.load()) ?? []
  } catch {
    return []
  }
}

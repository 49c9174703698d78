// Plays named scenarios beside each other and prints a line for each: "ok NAME", or "not ok NAME" and why.
// The Go test that runs a script knows the names that must come.

export async function play(scenarios) {
  await Promise.all(Object.entries(scenarios).map(async ([name, scenario]) => {
    let timer
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('took longer than 60 seconds')), 60_000)
    })
    try {
      await Promise.race([scenario(), late])
      console.log(`ok ${name}`)
    } catch (error) {
      console.log(`not ok ${name}\n${error?.stack ?? error}`)
      process.exitCode = 1
    } finally {
      clearTimeout(timer)
    }
  }))
}

// until asks again every few milliseconds until ask gives something true.
export async function until(what, ask) {
  for (let i = 0; i < 2000; i++) {
    const answer = await ask()
    if (answer) return answer
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`never came true: ${what}`)
}

// A red dot of one pixel.
export const dot = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='

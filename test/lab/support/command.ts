/**
 * Calls a command in this process, for a start of Node takes seconds in the lab.
 * @returns what it printed on standard output, and its exit status
 */
export async function called(
  command: () => number | Promise<number>,
): Promise<{ status: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' }
  const { log, error } = console
  console.log = (text: string) => {
    said.stdout += `${text}\n`
  }
  console.error = (text: string) => {
    said.stderr += `${text}\n`
  }
  try {
    return { status: await command(), ...said }
  } finally {
    console.log = log
    console.error = error
  }
}

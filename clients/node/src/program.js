// Where the program is, and why a file cannot be run as it. The client and the launcher need this.
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'

const platform = `${process.platform}-${process.arch}`
const packageName = `nicepay-sim-${platform}`
const file = process.platform === 'win32' ? 'nicepay-sim.exe' : 'nicepay-sim'
const statsOf = (path) => statSync(path, { throwIfNoEntry: false })
const findIn = (folders) => folders.map((folder) => join(folder, file)).find((path) => statsOf(path)?.isFile())
export class NicepaySimError extends Error { name = 'NicepaySimError' }

const modules = createRequire(import.meta.url).resolve.paths(packageName)
export const packagedProgram = () => findIn(modules.map((folder) => join(folder, packageName)))
export function findProgram() {
  // In node_modules/.bin is the launcher, which knows of no other program.
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.endsWith('.bin'))
  return process.env.NICEPAY_SIM_BIN || packagedProgram() || findIn(folders)
}
/** Returns the path if it can be run. It reads the first bytes, because the system gives a text file to a shell. */
export function checkProgram(path) {
  const refuse = (why) => { throw new NicepaySimError(path ? `${path} cannot be run: ${why}` : why) }
  if (!path) refuse(`${packageName} is not installed, which brings the program; the client also takes NICEPAY_SIM_BIN`)
  if (!statsOf(path)?.isFile()) refuse('there is no such file')
  if (process.platform !== 'win32' && !(statsOf(path).mode & 0o111)) refuse('it is not executable (chmod +x)')
  const [head, opened] = [Buffer.alloc(20), openSync(path)]
  readSync(opened, head)
  closeSync(opened)
  const machine = head.toString('latin1', 0, 4) === '\x7fELF' && head.readUInt16LE(18)
  const fits = head.toString('latin1', 0, 2) === '#!' || machine === ({ x64: 62, arm64: 183 }[process.arch] ?? machine)
  return fits || process.platform !== 'linux' ? path : refuse(`it is not a program for ${platform}`)
}

#!/usr/bin/env node
// Runs the program of the platform package, with the same arguments, streams, signals and exit code.
import { spawn } from 'node:child_process'
import { checkProgram, packagedProgram } from '../src/program.js'

process.on('uncaughtException', ({ message }) => process.exit(console.error(`nicepay-sim: ${message}`) ?? 1))
const child = spawn(checkProgram(packagedProgram()), process.argv.slice(2), { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // A terminal sends SIGINT to both, and a second one would end the program before it has stopped in order.
  process.on(signal, () => signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal))
}
child.on('exit', (code, signal) => {
  if (signal) process.removeAllListeners(signal).kill(process.pid, signal)
  else process.exit(code)
})

#!/usr/bin/env node
// Runs the program of the platform package, with the same arguments, streams, signals and exit code.
import { spawn } from 'node:child_process'
import { checkProgram, packagedProgram } from '../src/program.js'

const fail = ({ message }) => process.exit(console.error(`nicepay-sim: ${message}`) ?? 1)
try {
  const child = spawn(checkProgram(packagedProgram()), process.argv.slice(2), { stdio: 'inherit' }).on('error', fail)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // A terminal sends SIGINT to both, and a second one would end the program before it has stopped in order.
    process.on(signal, () => signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal))
  }
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code)
    process.removeAllListeners(signal).kill(process.pid, signal)
  })
} catch (error) {
  fail(error)
}

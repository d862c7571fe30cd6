export { NicepaySimError } from './program.js'
export { Simulator } from './simulator.js'

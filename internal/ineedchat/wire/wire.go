// Package wire translates between the contract of package ineedchat and whatever another
// chat posts and understands. A company's settings say how: with the name of a preset,
// with a table of fields, or with a program in jq. Nothing behind the edge changes: what
// comes out is an envelope of the contract.
//
// A delivery takes these steps. A [Body] of any kind becomes JSON. A program makes
// envelopes of it: none (the delivery is to be ignored), one, or several. [Complete] adds
// what the contract requires and the chat does not know. Whether an envelope is valid is
// said where all envelopes are validated, in package handlers.
//
// Guarantees: numbers reach a program as they were written, and money never passes
// through a float. What cannot be told is an error and never guessed: 1,234 may be a
// thousand or a rouble and a bit. A program reads no file, no environment, no network and
// no clock but the one that jq has; it ends after a tenth of a second, gives at
// most a mebibyte, and runs in a process of its own with a bound of memory (see [Box]),
// since jq can ask for gigabytes in one step.
//
// The package keeps nothing, logs nothing and never says what a body holds: an error names
// the field, or is the program's own words.
package wire

import "time"

// Bounds of a program.
const (
	MaxProgram = 64 << 10               // bytes of its text
	maxTime    = 100 * time.Millisecond // of a processor, for one run: see limited
	maxOutput  = 1 << 20                // bytes of all that one run yields
	maxYields  = 100                    // envelopes of one delivery
)

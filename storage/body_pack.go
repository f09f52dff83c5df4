package storage

import (
	"encoding/binary"
	"math/bits"
	"sync"
)

// Every order pays for how its webhook is packed, and what that costs is mostly the making
// of codes for this one text. So it has none of its own: it is deflated (RFC 1951)
// with the codes that the format has fixed, behind bodyWords, of which a webhook of the
// contract repeats a good part. That is a quarter of the work, and most get shorter: an
// order of one line takes 380 bytes instead of 700. Whoever reads them needs no more than
// compress/flate.

// bodyWords are what orders are deflated behind. Those that are stored cannot be read
// without them, so they never change; better ones would be others, beside these.
const bodyWords = `{"type":"order.created","version":"1","timestamp":"2026-11-23T12:00:00.000Z","company_id":"2",` +
	`"test":false,"data":{"id":"","number":"","created_at":"2026-11-23T14:59:58+03:00","currency":"RUB",` +
	`"items_total":"","discount_total":"0.00","delivery_total":"0.00","total":"",` +
	`"customer":{"id":"","name":"Иван","phone":"+79","email":"@mail.ru","channel":"telegram","channel_user_id":""},` +
	`"delivery":{"type_id":"delivery","title":"Самовывоз Доставка курьером",` +
	`"address":{"text":"г. Москва, ул. , д. , кв. ","city":"","street":"","house":"","flat":"","entrance":"",` +
	`"floor":"","zip":"","comment":"","lat":"","lon":""},"desired_from":"","desired_to":""},` +
	`"payment":{"type_id":"cash","title":"Наличными при получении картой","paid":false,"paid_at":"","amount":""},` +
	`"comment":"","url":"https://.ineed.chat/companies/2/orders/",` +
	`"items":[{"id":"1","variant_id":"","product_id":"","sku":"","title":"","quantity":"1","price":".00",` +
	`"total":".00","comment":""},{"id":"2","variant_id":"","product_id":"","sku":"","title":"","quantity":"1",` +
	`"price":".00","total":".00"}],`

// packTo is how long a body may be that is packed in this way. Codes of its own are worth
// their work for a longer one, and all that stands before a sign is near enough to be
// referred to (32 KiB).
const packTo = 16 << 10

// What the format is made of.
const (
	shortest, longest = 4, 258 // bytes that are said by where they stood before; it could be three
	endOfText         = 256    // among the signs: the 256 bytes, this, and 29 lengths
	firstLength       = 257
	placesBits        = 12
)

// A code is what a sign is written as, the first bit lowest.
type code struct {
	bits uint16
	n    uint8
}

// fixedCodes are those of the signs.
var fixedCodes = func() (codes [288]code) {
	for sign := range codes {
		c, n := 0b0011_0000+sign, 8
		switch {
		case sign >= 280:
			c = 0b1100_0000 + sign - 280
		case sign >= 256:
			c, n = sign-256, 7
		case sign >= 144:
			c, n = 0b1_1001_0000+sign-144, 9
		}
		codes[sign] = code{bits.Reverse16(uint16(c)) >> (16 - n), uint8(n)}
	}
	return codes
}()

// places are where four bytes stood last, by their hash; below zero = nowhere.
type places [1 << placesBits]int16

func hashOf(four uint32) uint32 { return four * 0x9e3779b1 >> (32 - placesBits) }

// wordPlaces are those of bodyWords.
var wordPlaces = func() (p places) {
	for i := range p {
		p[i] = -1
	}
	words := []byte(bodyWords)
	for at := range words[:len(words)-shortest+1] {
		p[hashOf(binary.LittleEndian.Uint32(words[at:]))] = int16(at)
	}
	return p
}()

// A packer packs one body after the other in the same memory.
type packer struct {
	places places
	text   []byte // the words and the body
	out    []byte
	bits   uint64 // that are not in out yet, the first one lowest
	n      uint8
}

var packers = sync.Pool{New: func() any { return &packer{text: []byte(bodyWords)} }}

// packWords adds a body of at most packTo bytes, deflated behind the words, to what stands
// before it.
func packWords(before, body []byte) []byte {
	p := packers.Get().(*packer)
	defer packers.Put(p)
	p.places = wordPlaces
	p.text = append(p.text[:len(bodyWords)], body...)
	p.out, p.bits, p.n = before, 0, 0
	p.write(0b011, 3) // one block, with the fixed codes
	for at := len(bodyWords); at < len(p.text); {
		from, length := p.before(at)
		if length < shortest {
			p.sign(int(p.text[at]))
			at++
			continue
		}
		p.repeat(length, at-from)
		at += length
	}
	p.sign(endOfText)
	p.write(0, 7) // the last byte is filled
	for ; p.n >= 8; p.n -= 8 {
		p.out, p.bits = append(p.out, byte(p.bits)), p.bits>>8
	}
	out := p.out
	p.out = nil
	return out
}

// before looks where the text at a place stood before, and how much of it.
func (p *packer) before(at int) (from, length int) {
	rest := p.text[at:]
	if len(rest) < shortest {
		return 0, 0
	}
	place := &p.places[hashOf(binary.LittleEndian.Uint32(rest))]
	from, *place = int(*place), int16(at)
	if from < 0 {
		return 0, 0
	}
	rest = rest[:min(len(rest), longest)]
	for length < len(rest) && p.text[from+length] == rest[length] {
		length++
	}
	return from, length
}

// sign writes one of the signs.
func (p *packer) sign(sign int) { p.write(uint64(fixedCodes[sign].bits), fixedCodes[sign].n) }

// repeat says that so many bytes stand there which stood so far before. Both are written as
// the class that they belong to, a class being as wide as a power of two, and their place in
// it: four classes of lengths have the same width, and two of distances.
func (p *packer) repeat(length, distance int) {
	class, place, width := classOf(length-3, 2)
	if length == longest { // which has a class of its own
		class, place, width = 28, 0, 0
	}
	p.sign(firstLength + class)
	p.write(place, width)
	class, place, width = classOf(distance-1, 1)
	p.write(uint64(bits.Reverse8(uint8(class))>>3), 5)
	p.write(place, width)
}

// classOf gives the class of a number where 1<<more classes have the same width, and the
// number's place in its class in so many bits.
func classOf(number int, more uint8) (class int, place uint64, width uint8) {
	if n := uint8(bits.Len(uint(number))); n > more+1 {
		width = n - more - 1
	}
	return int(width)<<more + number>>width, uint64(number) & (1<<width - 1), width
}

// write writes so many bits.
func (p *packer) write(v uint64, n uint8) {
	p.bits |= v << p.n
	if p.n += n; p.n >= 32 {
		p.out = binary.LittleEndian.AppendUint32(p.out, uint32(p.bits))
		p.bits, p.n = p.bits>>32, p.n-32
	}
}

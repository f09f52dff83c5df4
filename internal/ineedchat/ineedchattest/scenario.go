package ineedchattest

// What happens to a chat beside its reports. Each changes what a strict and
// healthy chat answers; for answers that no state explains there is [Chat.Fault].

// SetToken replaces the token: reports with the old one get 401, and that is no
// violation, because nobody has told the connector.
func (c *Chat) SetToken(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retired[c.token] = true
	delete(c.retired, token)
	c.token = token
}

// Suspend lets a company's reports get 403 until Resume.
func (c *Chat) Suspend(company string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.suspended[company] = true
}

// Resume takes a company's reports again.
func (c *Chat) Resume(company string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.suspended, company)
}

// Forget lets reports on an order get 404, as if it had been deleted, until
// Know; also if the chat takes unknown orders.
func (c *Chat) Forget(company, order string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := orderKey{company, order}
	delete(c.orders, k)
	c.forgotten[k] = true
}

// Overtake lets the chat have something newer of an order than it was told, as
// by another connector: reports get 409 until their revision is above the given
// one, and that is no violation.
func (c *Chat) Overtake(company, order string, revision int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := orderKey{company, order}
	if c.orders[k] == nil {
		c.orders[k] = &orderState{}
	}
	c.orders[k].overtaken = revision
}

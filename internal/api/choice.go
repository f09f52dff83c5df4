package api

// A Choices is a list of the shop to choose from, and what INEED.CHAT or the shop
// has used and the settings do not map.
type Choices[T, U any] struct {
	Items    []T `json:"items"`
	Unmapped []U `json:"unmapped"`
}

// A PaymentChoice is a payment method of the shop.
type PaymentChoice struct {
	ID     int64    `json:"id"`
	Title  string   `json:"title"`
	Type   string   `json:"type"`
	Margin string   `json:"margin"`
	Mapped []string `json:"mapped"` // the chat's payment types that stand for it
}

// A DeliveryChoice is a delivery method of the shop.
type DeliveryChoice struct {
	ID        int64    `json:"id"`
	Title     string   `json:"title"`
	Type      string   `json:"type"`
	Price     string   `json:"price"`
	Pickup    bool     `json:"pickup"`
	Supported bool     `json:"supported"`
	Problem   *Problem `json:"problem"` // why it is not supported
	Mapped    []string `json:"mapped"`
}

// A UsedType is a type that orders from the chat have named.
type UsedType struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Orders int    `json:"orders"`
}

// A StatusChoice is a custom status of the shop and what the chat is told of it.
type StatusChoice struct {
	Permalink string `json:"permalink"`
	Title     string `json:"title"`
	System    string `json:"system"`
	Status    string `json:"status"`
	By        string `json:"by"` // override, default or nothing
}

// A UsedStatus is a status that orders have and that means nothing to the chat.
type UsedStatus struct {
	Permalink string `json:"permalink"`
	Title     string `json:"title"`
	System    string `json:"system"`
	Orders    int    `json:"orders"`
}

// StatusChoices also has the map that counts without settings.
type StatusChoices struct {
	Choices[StatusChoice, UsedStatus]
	Defaults map[string]string `json:"defaults"`
}

// A PriceChoice is a kind of price of the shop.
type PriceChoice struct {
	Price  string `json:"price"` // for the settings: price, price2, …
	Title  string `json:"title"`
	Chosen bool   `json:"chosen"`
}

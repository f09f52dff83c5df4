package config

import "log/slog"

// Explain tells the log at the start what runs where and what is missing for what.
func (c *Config) Explain(log *slog.Logger, version string) {
	log.Info("ineed-insales starts", "version", version, "addr", c.Addr, "db", c.DB, "poll", c.Poll)
	if c.PublicURL == "" {
		log.Warn("CONNECTOR_PUBLIC_URL is not set: no InSales webhook can be registered, polling does the work")
	}
	if c.ChatURL == "" {
		log.Warn("CONNECTOR_CHAT_URL is not set: " +
			"statuses reach INEED.CHAT only for companies with a chat URL of their own")
	}
	if c.APIToken == "" {
		log.Info("CONNECTOR_API_TOKEN is not set: the JSON API answers on the socket, to signed-in browsers, and to tokens that were made in the panel")
	}
	if oddKeySign(c.SecretKey) != 0 {
		log.Warn("CONNECTOR_SECRET_KEY has signs that are no visible ASCII: they are a part of it, keep it as it is")
	}
	if c.Proxy.Is() {
		log.Info("requests leave by a proxy, but for what NO_PROXY names: see `ineed-insales config`")
	}
	if c.Private {
		log.Warn("CONNECTOR_ALLOW_PRIVATE_NETWORKS is set: shops and chats may be at private addresses and plain http")
	}
}

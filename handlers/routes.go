package handlers

import (
	"io"

	"github.com/labstack/echo/v4"
)

// publicRoutes is all that is reached from the network.
func (s *Server) publicRoutes() *echo.Echo {
	e := s.engine()
	// Which of the two a company answers at is its setting.
	e.POST("/webhooks/ineedchat/:company", s.receive, s.promising)
	e.POST("/webhooks/ineedchat/:company/:token", s.receive, s.promising)
	e.GET("/webhooks/ineedchat/:company", s.receiveQuery)
	e.GET("/webhooks/ineedchat/:company/:token", s.receiveQuery)

	e.POST("/webhooks/insales/:company/:token", s.receiveHook)
	e.GET("/webhooks/echo/:asked", s.echo)

	e.GET("/feeds/:company/:token/catalog.yml", s.getFeed)

	s.apiRoutes(e, s.requireCaller)
	s.panel.Routes(e)
	s.healthRoutes(e, s.isNear)
	if !s.cfg.SeparateMetrics {
		e.GET("/metrics", echo.WrapHandler(s.Metrics()), s.scraper)
	}
	return e
}

// localRoutes is what the command line reaches over the socket. Whoever can
// open the socket could read the database as well, so there is no token.
func (s *Server) localRoutes() *echo.Echo {
	e := s.engine()
	s.apiRoutes(e, s.local)
	e.POST("/api/v1/admin/reset-password", s.resetPassword, s.local)
	e.POST("/api/v1/admin/reset-code", s.resetCode, s.local)
	e.POST("/api/v1/backup", s.backup, s.local)
	e.POST("/api/v1/doctor", s.examine, s.local)
	e.GET("/metrics", echo.WrapHandler(s.Metrics()))
	s.healthRoutes(e, onSocket)
	return e
}

// apiRoutes is the JSON API. The middleware says who asks, and may refuse.
func (s *Server) apiRoutes(e *echo.Echo, who echo.MiddlewareFunc) {
	// The token is asked for route by route, not for everything below /api/v1:
	// a path that does not exist is a 404 for everybody.
	const company = "/api/v1/companies/:company"
	const order = company + "/orders/:order"
	e.GET("/api/v1/overview", s.getOverview, who)
	e.GET("/api/v1/companies", s.listCompanies, who)
	e.GET(company, s.getCompany, who)
	e.PUT(company, s.putCompany, who)
	e.DELETE(company, s.deleteCompany, who)
	e.POST(company+"/secrets", s.rotateSecret, who)
	e.POST(company+"/pause", s.pauseCompany, who)
	e.POST(company+"/resume", s.resumeCompany, who)
	e.POST(company+"/account/confirm", s.confirmAccount, who)
	e.POST(company+"/check", s.checkCompany, who)
	e.POST(company+"/probe", s.startProbe, who)
	e.GET(company+"/probe", s.getProbe, who)
	e.POST(company+"/probe/clean", s.cleanProbe, who)
	e.GET(company+"/payments", s.listPayments, who)
	e.GET(company+"/deliveries", s.listDeliveries, who)
	e.GET(company+"/statuses", s.listStatuses, who)
	e.GET(company+"/prices", s.listPrices, who)
	e.GET(company+"/refusals", s.listRefusals, who)
	e.DELETE(company+"/refusals", s.eraseRefusals, who)
	e.POST(company+"/refusals/seen", s.seenRefusals, who)
	e.GET(company+"/catalog", s.getCatalog, who)
	e.POST(company+"/catalog/sync", s.syncCatalog, who)
	e.GET(company+"/catalog/runs", s.listRuns, who)
	e.POST(company+"/catalog/guard/confirm", s.confirmGuard, who)
	e.GET("/api/v1/orders", s.listAllOrders, who)
	e.GET(company+"/orders", s.listOrders, who)
	e.POST(company+"/orders/reread", s.rereadOrders, who)
	e.POST(company+"/orders/retry", s.retryOrders, who)
	e.POST(company+"/orders/gone/confirm", s.confirmGone, who)
	e.POST(company+"/orders/preview", s.previewBody, who)
	e.GET(order, s.getOrder, who)
	e.POST(order+"/retry", s.retryOrder, who)
	e.POST(order+"/cancel", s.cancelOrder, who)
	e.POST(order+"/refresh", s.refreshOrder, who)
	e.POST(order+"/report", s.reportOrder, who)
	e.POST(order+"/link", s.linkOrder, who)
	e.POST(order+"/accept", s.acceptOrder, who)
	e.POST(order+"/erase", s.eraseOrder, who)
	e.GET(order+"/preview", s.previewOrder, who)
	e.POST(company+"/wire/try", s.tryWire, who)
	e.GET(company+"/wire/unread", s.listUnread, who)
	e.DELETE(company+"/wire/unread/:number", s.dropUnread, who)
	e.POST(company+"/wire/replay", s.replayWire, who)
	e.GET(company+"/wire/unproven", s.listUnproven, who)
	e.DELETE(company+"/wire/unproven", s.forgetUnproven, who)
	e.POST(company+"/wire/listen", s.listen, who)
	e.GET("/api/v1/wire/presets", s.listPresets, who)
	e.GET("/api/v1/backups", s.getBackups, who)
	e.GET("/api/v1/journal", s.listJournal, who)
	e.GET("/api/v1/tokens", s.listTokens, who)
	e.POST("/api/v1/tokens", s.makeToken, who)
	e.DELETE("/api/v1/tokens/:number", s.revokeToken, who)
	const notification = "/api/v1/notifications/:kind"
	e.GET("/api/v1/notifications", s.listChannels, who)
	e.GET(notification, s.getChannel, who)
	e.PUT(notification, s.putChannel, who)
	e.POST(notification+"/test", s.testChannel, who)
	e.POST(notification+"/chats", s.findChats, who)
	e.GET("/api/openapi.yaml", s.getOpenAPI)
}

// managersMay are the routes at which it is enough to be a manager: work on orders, how
// companies stand, and one's own way in. All others of those that ask for a session are
// the owners', so that a route which was forgotten here is shut.
func managersMay() []string {
	const (
		page  = " /companies/:company"
		order = page + "/orders/:order"
		api   = " /api/v1/companies/:company"
		one   = api + "/orders/:order"
	)
	return []string{
		"GET /", "GET /live", "GET /companies", "GET /orders", "GET /orders.csv",
		"GET /resume", "POST /resume", "POST /signout",
		"GET /access", "POST /access", "POST /access/end", "POST /access/end-all", "POST /access/theme",
		"GET /access/code", "POST /access/code", "GET /access/code/qr.svg",
		"GET /access/keys", "POST /access/keys",

		"GET" + page + "/orders", "GET" + page + "/orders.csv", "POST" + page + "/orders/retry",
		"GET" + order, "GET" + order + "/preview", "POST" + order + "/retry", "POST" + order + "/cancel",
		"POST" + order + "/refresh", "POST" + order + "/report", "POST" + order + "/accept", "POST" + order + "/link",
		"GET" + page + "/preview", "POST" + page + "/preview",
		"GET" + page + "/received", "POST" + page + "/received",

		"GET /api/v1/overview", "GET /api/v1/orders", "GET" + api + "/orders", "POST" + api + "/orders/retry",
		"POST" + api + "/orders/preview",
		"GET" + one, "GET" + one + "/preview", "POST" + one + "/retry", "POST" + one + "/cancel",
		"POST" + one + "/refresh", "POST" + one + "/report", "POST" + one + "/accept", "POST" + one + "/link",
		"GET" + api + "/refusals", "POST" + api + "/refusals/seen", "GET" + api + "/wire/unread",
		"POST" + api + "/wire/replay",
	}
}

// healthRoutes is for those who watch: container, load balancer, command line. Those who are
// near are told more.
func (s *Server) healthRoutes(e *echo.Echo, near func(echo.Context) bool) {
	e.GET("/healthz", s.alive)
	e.GET("/readyz", s.ready(near))
}

// engine is an Echo with our middleware, outermost first, and our errors.
func (s *Server) engine() *echo.Echo {
	e := echo.New()
	e.Logger.SetOutput(io.Discard) // slog is the only log
	e.HTTPErrorHandler = s.fail
	e.Use(s.measure, s.logAccess, recoverPanic)
	return e
}

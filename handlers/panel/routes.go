package panel

import (
	"github.com/labstack/echo/v4"

	"ineed-insales/internal/bridge/order"
)

// Routes gives the engine all that a person sees. What is open is needed before
// one can sign in. Everything else asks for a session, and for one of an owner unless
// package handlers lets managers in, too; what is typed survives its end. What cannot be
// undone is asked about first (confirm_page.go). Routes is called once, before the first
// request.
func (s *Server) Routes(e *echo.Echo) {
	s.engine = e
	e.GET("/assets/:name", s.getAsset)
	e.GET("/language/:lang", s.setLanguage, s.open)
	e.GET("/signin", s.signInPage, s.open)
	e.POST("/signin", s.signIn, s.open)
	e.GET("/signin/code", s.codePage, s.open)
	e.POST("/signin/code", s.sendCode, s.open)
	e.GET("/setup/:token", s.setupPage, s.open)
	e.POST("/setup/:token", s.setup, s.open)

	e.GET("/", s.overviewPage, s.private)
	e.GET("/live", s.livePage, s.private)
	e.GET("/system", s.systemPage, s.private)
	e.GET("/system/support", s.supportPage, s.private)
	e.POST("/backup", s.downloadBackup, s.private)
	s.accessRoutes(e)
	e.GET("/journal", s.journalPage, s.private)
	e.GET("/journal.csv", s.exportJournal, s.private)
	e.GET("/notify", s.notifyPage, s.private)
	e.POST("/notify/:kind", s.saveNotify, s.typed("notify.title"))
	e.GET("/companies", s.companiesPage, s.private)
	e.POST("/companies", s.addCompany, s.typed("company.new"))
	e.GET("/companies/new", s.newCompanyPage, s.private)
	const company = "/companies/:company"
	e.GET(company, s.managePage, s.private)
	e.POST(company, s.manageCompany, s.typed("manage.title"), s.asks(s.aboutSettings))
	e.POST(company+"/secret", s.rotatePage, s.private, s.asks(s.aboutSecret))
	e.POST(company+"/account", s.confirmAccountPage, s.private, s.asks(s.aboutAccount))
	e.POST(company+"/delete", s.deleteCompanyPage, s.private, s.asks(s.aboutDeletion))
	e.GET(company+"/received", s.receivedPage, s.private)
	e.POST(company+"/received/erase", s.eraseReceivedPage, s.private, s.asks(s.aboutReceived))
	e.POST(company+"/received", s.changeReceived, s.private, s.asks(s.aboutDelivery))
	e.GET(company+"/wire", s.wirePage, s.private)
	e.POST(company+"/wire", s.changeWire, s.typed("wire.title"))
	e.POST(company+"/catalog/sync", s.syncCatalogPage, s.private, s.asks(s.aboutCatalog))
	e.POST(company+"/catalog/confirm", s.confirmGuardPage, s.private, s.asks(s.aboutGuard))
	e.GET(company+"/start", s.threadPage, s.private)
	e.POST(company+"/start", s.changeThread, s.typed("thread.title"))
	e.GET(company+"/letter", s.letterPage, s.private)
	e.GET(company+"/check", s.checkPage, s.private)
	e.GET(company+"/probe", s.probePage, s.private)
	e.POST(company+"/probe", s.startProbePage, s.typed("probe.title"))
	e.POST(company+"/probe/clean", s.cleanProbePage, s.private)
	e.GET(company+"/preview", s.previewPage, s.private)
	e.POST(company+"/preview", s.sampleOrder, s.typed("preview.title"), s.asks(s.aboutSample))
	s.orderRoutes(e)
	e.GET("/resume", s.resumePage, s.private)
	e.POST("/resume", s.resume, s.private)
	e.POST("/signout", s.signOut, s.private)
	s.formRoutes(e)
}

// accessRoutes are the pages of who may use the panel.
func (s *Server) accessRoutes(e *echo.Echo) {
	e.GET("/access", s.accessPage, s.private)
	e.POST("/access", s.changePassword, s.private)
	e.GET("/access/code", s.factorPage, s.private)
	e.POST("/access/code", s.changeFactor, s.private)
	e.GET("/access/code/qr.svg", s.factorPicture, s.private)
	e.POST("/access/theme", s.setTheme, s.private)
	e.GET(keysPath, s.keysPage, s.private)
	e.POST(keysPath, s.switchKeys, s.private)
	e.POST("/access/end", s.endSession, s.private)
	e.POST("/access/end-all", s.endSessions, s.private)
	const person = "/people/:user"
	e.GET("/people", s.peoplePage, s.private)
	e.POST("/people", s.invite, s.typed("people.title"))
	e.GET(person, s.personPage, s.private)
	e.POST(person, s.changePerson, s.private)
	e.POST(person+"/link", s.linkPerson, s.private, s.asks(s.aboutLink))
	e.POST(person+"/revoke", s.revokePerson, s.private)
	e.POST(person+"/code-off", s.dropFactorOf, s.private, s.asks(s.aboutFactor))
	e.POST(person+"/remove", s.removePerson, s.private, s.asks(s.aboutRemoval))
	e.GET("/tokens", s.tokensPage, s.private)
	e.POST("/tokens", s.makeToken, s.typed("tokens.title"))
	e.POST("/tokens/:number/revoke", s.revokeToken, s.private, s.asks(s.aboutToken))
	e.POST(person+"/end", s.endPersonSession, s.private)
	e.POST(person+"/end-all", s.endPersonSessions, s.private)
}

// orderRoutes are the pages of orders.
func (s *Server) orderRoutes(e *echo.Echo) {
	const company = "/companies/:company"
	const orderPath = company + "/orders/:order"
	e.GET("/orders", s.ordersPage, s.private)
	e.GET("/orders.csv", s.exportOrders, s.private)
	e.GET(company+"/orders", s.ordersPage, s.private)
	e.GET(company+"/orders.csv", s.exportOrders, s.private)
	e.POST(company+"/orders/retry", s.retryCause, s.private, s.asks(s.aboutCause))
	e.POST(company+"/orders/gone", s.confirmGonePage, s.private, s.asks(s.aboutGone))
	e.GET(orderPath, s.orderPage, s.private)
	e.GET(orderPath+"/preview", s.orderPreviewPage, s.private)
	e.POST(orderPath+"/retry", s.actOnOrder((*order.Desk).Retry), s.private)
	e.POST(orderPath+"/cancel", s.actOnOrder((*order.Desk).Cancel), s.private, s.asks(s.aboutOrder(order.ActionCancel)))
	e.POST(orderPath+"/refresh", s.actOnOrder((*order.Desk).RefreshNow), s.private)
	e.POST(orderPath+"/report", s.actOnOrder((*order.Desk).ReportAgain), s.private)
	e.POST(orderPath+"/erase", s.actOnOrder((*order.Desk).Erase), s.private, s.asks(s.aboutOrder(order.ActionErase)))
	e.POST(orderPath+"/accept", s.acceptPage, s.private, s.asks(s.aboutBody))
	e.POST(orderPath+"/link", s.linkPage, s.private)
}

package customer

import (
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
)

func showExport(x events.CustomerExport) Export {
	shown := Export{
		Orders: each(x.Orders, exportedOrder), Payments: each(x.Payments, exportedPayment), Mails: each(x.Mails, exportedMail), NextCursor: x.NextCursor,
	}
	if x.Account != nil {
		shown.Account = exportedAccount(*x.Account)
	}
	return shown
}

// each is a list of what is shown of each, never null.
func each[S, B any](all []S, show func(S) B) []B {
	shown := make([]B, len(all))
	for i, one := range all {
		shown[i] = show(one)
	}
	return shown
}

func exportedAccount(a events.CustomerExportAccount) *ExportedAccount {
	shown := &ExportedAccount{
		Customer: show(a.CustomerState), Addresses: each(a.Addresses, showAddress), Sessions: each(a.Sessions, exportedSession), Carts: each(a.Carts, exportedCart),
		KnownPlaces: append([]time.Time{}, a.Places...), StaffNotes: a.StaffNotes,
	}
	if v := a.Verification; v != nil {
		shown.EmailVerification = &ExportedVerification{ExportedLink: ExportedLink(v.ExportLink), Email: v.Email.Plaintext(), Former: v.Former.Plaintext(), ClosedAt: v.ClosedAt}
	}
	if a.Reset != nil {
		shown.PasswordReset = (*ExportedLink)(a.Reset)
	}
	return shown
}

func exportedCart(k events.CartState) ExportedCart {
	return ExportedCart{Meta: web.MetaOf(k.Meta), Status: k.Status, Lines: each(k.Lines, exportedCartLine), OrderID: k.OrderID, ExpiresAt: k.ExpiresAt}
}

func exportedCartLine(l events.CartLine) ExportedCartLine {
	return ExportedCartLine{ProductID: l.ProductID, Name: l.Name, UnitPrice: l.UnitPrice, Quantity: l.Quantity, At: l.At}
}

func exportedSession(s events.SessionState) ExportedSession {
	return ExportedSession{ID: s.ID, ClientID: s.ClientID, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, ExpiresAt: s.ExpiresAt, Ended: s.Revoked}
}

func exportedOrder(o events.OrderState) ExportedOrder {
	return ExportedOrder{
		Meta: web.MetaOf(o.Meta), Number: o.Number, Status: o.Status, Email: o.Email.Plaintext(), CustomerName: o.CustomerName.Plaintext(),
		ShippingAddress: web.ShowPostalAddress(o.ShippingAddress), Lines: each(o.Lines, exportedLine), PayBy: o.PayBy,
		Goods: o.GoodsTotal, Charges: append([]events.OrderCharge{}, o.Charges...), Taxes: append([]events.TaxAmount{}, o.Taxes...), Total: o.Total,
		Fulfilments: each(o.Fulfilments, exportedFulfilment), Returns: each(o.Returns, exportedReturn), Cancellations: each(o.Cancellations, exportedCancellation),
		History: each(o.History, exportedStep),
	}
}

func exportedLine(l events.OrderLine) ExportedLine {
	return ExportedLine{
		ProductID: l.ProductID, SKU: l.SKU, Name: l.Name, UnitPrice: l.UnitPrice, Quantity: l.Quantity, Total: l.Total, Tax: l.Tax, TaxedAs: l.TaxedAs,
	}
}

func exportedItem(i events.OrderItem) ExportedItem { return ExportedItem(i) }

func exportedReception(r events.ReceivedItem) ExportedReception {
	return ExportedReception{ExportedItem: exportedItem(r.OrderItem), Restock: r.Restock}
}

func exportedFulfilment(f events.Fulfilment) ExportedFulfilment {
	return ExportedFulfilment{ID: f.ID, Lines: each(f.Lines, exportedItem), Carrier: f.Carrier, TrackingNumber: f.TrackingNumber.Plaintext(), At: f.At, DeliveredAt: f.DeliveredAt}
}

func exportedReturn(r events.PartReturn) ExportedReturn {
	return ExportedReturn{
		ID: r.ID, Status: r.Status, Lines: each(r.Lines, exportedItem), Reason: r.Reason.Plaintext(), Note: r.Note.Plaintext(), At: r.At, Received: each(r.Received, exportedReception), Refund: r.Refund,
	}
}

func exportedCancellation(c events.CancelledPart) ExportedCancellation {
	return ExportedCancellation{ID: c.ID, Lines: each(c.Lines, exportedItem), Reason: c.Reason.Plaintext(), At: c.At, Refund: c.Refund}
}

func exportedStep(s events.OrderStep) ExportedStep {
	return ExportedStep{Status: s.Status, At: s.At, By: s.By.Type, Note: s.Note.Plaintext(), Action: s.Action, PartID: s.PartID}
}

func exportedPayment(p events.PaymentState) ExportedPayment {
	of := func(amount int64) events.Money { return events.Money{Amount: amount, Currency: p.Amount.Currency} }
	return ExportedPayment{
		Meta: web.MetaOf(p.Meta), OrderID: p.OrderID, Status: p.Status, Amount: p.Amount, Captured: of(p.Captured), Refunded: of(p.Refunded), Failure: p.Failure,
		Refunds: each(p.Refunds, func(r events.PaymentRefund) ExportedRefund {
			return ExportedRefund{ID: r.ID, Amount: of(r.Amount), Reason: r.Reason.Plaintext(), Status: r.Status}
		}),
	}
}

func exportedMail(n events.NotificationState) ExportedMail {
	return ExportedMail{
		ID: n.ID, Kind: n.Kind, OrderID: n.OrderID, To: n.To.Plaintext(), Name: n.Name.Plaintext(), Status: n.Status, CreatedAt: n.CreatedAt, UpdatedAt: n.UpdatedAt,
	}
}

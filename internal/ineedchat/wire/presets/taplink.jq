# Taplink: JSON on a new lead and on a new payment; its header taplink-signature is the
# HMAC-SHA1 of the body under the secret phrase, in hexadecimal.
#
# Documented: order_id, order_number, order_status_id (1 not paid, 2 paid, 3 cancelled,
# 4 in progress, 5 refund, 6 pre-authorised), budget, currency_code, name, phone, email,
# purpose, page_link, tms_created, tms_modify, records (fields of the form), offers (the
# basket), discounts.
# Not documented: the names inside offers. So this preset makes no lines: the table of
# fields says where they stand (items, items.sku, items.quantity, items.price).
# Inferred: a lead without an order is none; a cancelled one is a cancellation.
# Back: it has no call that takes a status, so nothing is told.
(.order_id | text("id") | filled) as $id
| if $id == null then empty
  elif (.order_status_id | text) == "3" then
    { type: "order.cancelled", data: { id: $id, cancelled_at: .tms_modify | datetime("cancelled_at") } }
  else {
    type: "order.created",
    data: {
      id: $id,
      number: .order_number | text,
      created_at: .tms_created | datetime("created_at"),
      currency: .currency_code | filled,
      total: .budget | money("total"),
      comment: .purpose | filled,
      url: .page_link | filled,
      customer: { name: .name | filled, phone: .phone | text("customer.phone") | filled, email: .email | filled },
      payment: {
        paid: ((.order_status_id | text) == "2"),
        amount: (if (.order_status_id | text) == "2" then .budget | money("payment.amount") else null end)
      }
    }
  }
  end

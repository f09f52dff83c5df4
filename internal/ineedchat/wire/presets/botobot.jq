# Botobot (botstore.cc): a form by POST or GET, when an order is created and again on each
# change of its status; unsigned, so its address has a token.
#
# Documented: id, time, recipient, mobile, address, cost_cart, cost_discount,
# cost_delivery, cost_total, delivery[id|title|type|price] (older: delivery is pickup or
# shipping), goods[i][id|article|title|count|price|discount|total], user_chat_id,
# user_telegram[id|first_name|last_name|username].
# Inferred: article is the shop's SKU (goods[i][id] is Botobot's own); cost_discount is
# that of the whole order; time has no zone; a chat of Telegram, where user_telegram is
# there. How it is paid is not said.
# Back: updateOrderStatus and paidOrder, with a token, are named in its documentation. Their
# parameters are not in what could be seen of it, so nothing is told; docs/wire.md has a
# program as others call them.
def lines: .goods[]?;
{
  type: "order.created",
  data: {
    id: .id | text("id"),
    number: .id | text,
    created_at: .time | datetime("created_at"),
    items_total: .cost_cart | money("items_total"),
    discount_total: .cost_discount | money("discount_total"),
    delivery_total: .cost_delivery | money("delivery_total"),
    total: .cost_total | money("total"),
    customer: {
      name: (.recipient | filled)
        // ([.user_telegram?.first_name?, .user_telegram?.last_name?] | map(select(. != null and . != "")) | join(" ") | filled),
      phone: .mobile | filled,
      channel: (if .user_telegram? then "telegram" else null end),
      channel_user_id: (.user_telegram?.id? // .user_chat_id) | text
    },
    delivery: {
      type_id: (if .delivery | type == "object" then (.delivery.type | filled) // .delivery.id else .delivery end) | word("delivery.type_id"),
      title: (if .delivery | type == "object" then .delivery.title else null end),
      address: { text: .address | filled }
    },
    items: [ lines | {
      id: .id | text,
      sku: .article | text("items.sku") | filled,
      title: .title,
      quantity: .count | quantity("items.quantity"),
      price: .price | money("items.price"),
      total: .total | money("items.total")
    } ]
  }
}

# Tilda: a form by POST, or JSON with the same names; unsigned, so its address has a token.
# When it is set up it sends test=test and wants 200: that is ignored. It must be answered
# within five seconds, and repeats twice, a minute apart.
#
# Documented: payment[orderid|amount|subtotal|delivery|delivery_price|delivery_address],
# payment[products][i][name|quantity|price|amount|sku|externalid|options], tranid, formid;
# the names of the form's own fields are the form's, in any case.
# Inferred: payment may be a text of JSON; externalid is the variant's id where the goods
# came from our catalog; a form without payment is no order; what is called comment or
# комментарий is one.
# Back: it has no call that takes a status, so nothing is told.
def lines: (.payment | if type == "string" then (try fromjson catch null) else . end) | .products[]?;
def named($names): first(to_entries[] | select((.key | ascii_downcase) as $k | any($names[]; . == $k)) | .value) // null;
if (.test? // "") == "test" then empty
else
  (.payment | if type == "string" then (try fromjson catch null) else . end) as $pay
  | if $pay == null then empty
    else {
      type: "order.created",
      data: {
        id: ($pay.orderid // .tranid) | text("id"),
        number: $pay.orderid | text,
        items_total: $pay.subtotal | money("items_total"),
        delivery_total: $pay.delivery_price | money("delivery_total"),
        total: $pay.amount | money("total"),
        comment: named(["comment", "comments", "комментарий", "Комментарий"]) | filled,
        customer: {
          name: named(["name", "fio", "имя", "Имя"]) | filled,
          phone: named(["phone", "tel", "телефон", "Телефон"]) | filled,
          email: named(["email", "e-mail"]) | filled
        },
        delivery: {
          type_id: $pay.delivery | word("delivery.type_id"),
          title: $pay.delivery | filled,
          address: { text: $pay.delivery_address | filled }
        },
        items: [ lines | {
          sku: .sku | text("items.sku") | filled,
          variant_id: (if (.sku | filled) == null then .externalid | text("items.variant_id") | filled else null end),
          title: .name,
          quantity: .quantity | quantity("items.quantity"),
          price: .price | money("items.price"),
          total: .amount | money("items.total"),
          comment: (if .options | type == "array" then [.options[] | [.option?, .variant?] | map(select(. != null)) | join(": ")] | join(", ") | filled else null end)
        } ]
      }
    }
    end
end

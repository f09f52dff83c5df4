module send

go 1.26.0

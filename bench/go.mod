module ineed-insales/bench

go 1.26.0

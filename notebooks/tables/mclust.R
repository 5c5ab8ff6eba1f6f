suppressMessages(library(mclust))
a <- commandArgs(TRUE); n <- as.integer(a[2:4]); N <- n[1]; D <- n[2]; K <- n[3]
read <- function(f, k) readBin(file.path(a[1], f), "double", k)
x <- matrix(read("x", N * D), N, D, byrow = TRUE)
sigma <- array(read("covariances", K * D * D), c(D, D, K))
start <- list(pro = read("weights", K), mean = matrix(read("means", K * D), D, K),
  variance = list(modelName = "VVV", d = D, G = K, sigma = sigma,
                  cholsigma = array(apply(sigma, 3, chol), c(D, D, K))))
run <- function(m) em(modelName = "VVV", data = x, parameters = start,
  control = emControl(eps = 0, tol = c(0, 0), itmax = c(m, m)))
seconds <- function(m) { b <- proc.time()[[3]]; run(m); proc.time()[[3]] - b }
more <- as.integer(a[5]); turns <- as.integer(a[6]); short <- long <- Inf
for (i in 1:turns) {
  short <- min(short, seconds(2)); long <- min(long, seconds(2 + more))
}
before <- sum(gc(reset = TRUE)[, 2]); fit <- run(2 + more); peak <- sum(gc()[, 6])
cat(1e3 * (long - short) / more, (peak - before) * 1.048576,
    format(fit$loglik, digits = 15), abs(attr(fit, "info")[1]), "\n")

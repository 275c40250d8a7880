FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY .swcrc tsconfig.json ./
COPY src ./src
COPY client ./client
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
ENV NODE_ENV=production \
    GRPC_HOST=0.0.0.0 \
    DATA_DIR=/var/lib/tollgate
WORKDIR /app
# Without DATABASE_URL the service keeps an embedded database here.
RUN mkdir -p /var/lib/tollgate && chown node:node /var/lib/tollgate
VOLUME /var/lib/tollgate
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY migrations ./migrations
COPY proto ./proto
COPY examples ./examples
USER node
EXPOSE 50051
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=5 CMD ["node", "dist/cli/main.js", "health"]
CMD ["node", "--max-semi-space-size=32", "dist/main.js"]

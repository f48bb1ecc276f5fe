export { startProduct, type Deployment, type DeploymentStatus, type Product, type ProductOptions } from "./host.ts";
export { TEMPLATE, templateFiles } from "./template.ts";

/** The panels beside the drawing. */

import "./panels.css";

export { Cards } from "./Cards";
export { Combobox } from "./Combobox";
export { DecideForm } from "./DecideForm";
export { Field, Select } from "./Field";
export { History } from "./History";
export { Preview } from "./Preview";
export { Principles } from "./Principles";
export { Properties } from "./Properties";
export { Questions } from "./Questions";
export { Register } from "./Register";
export { Start } from "./Start";
export { TableTwin } from "./TableTwin";
export { ThreeState } from "./ThreeState";
